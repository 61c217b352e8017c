//! Seeded faults: deliberate lies, off by default, that a rehearsal must catch. Main type: [`Faults`].

/// Declares the faults once: enum, wire name and one-line description.
macro_rules! faults {
    ($($variant:ident = $name:literal, $what:literal;)*) => {
        /// One deliberate lie, switched on by its name in `STANDIN_FAULTS`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Fault { $(#[doc = $what] $variant,)* }
        const ALL: &[Fault] = &[$(Fault::$variant,)*];
        const KNOWN: &[(&str, &str)] = &[$(($name, $what),)*];
    };
}

faults! {
    ClaimsFailedChannel = "claims_failed_channel", "published_to lists a channel that failed";
    SwallowsUpstreamError = "swallows_upstream_error", "an upstream error becomes a made-up success";
    SkipsSend = "skips_send", "the email is said to be sent, but the CRM is never called";
    DoubleSend = "double_send", "every email is sent twice";
    PreviewPublishes = "preview_publishes", "a preview publishes for real";
    ReportsFailureAfterSuccess = "reports_failure_after_success", "an email that the CRM took is reported as failed";
    WrongPath = "wrong_path", "the email goes to POST /api/v1/emails/send, which no contract knows";
    MalformedGives500 = "malformed_gives_500", "a malformed request is answered 500 in place of 422";
    MalformedGives200 = "malformed_gives_200", "a malformed request is answered 200 in place of 422";
    InventsUnknownId = "invents_unknown_id", "an unknown job, batch or session gets an invented answer in place of 404";
    CollidingIds = "colliding_ids", "ids are made from the second, so two of one second collide";
    RetryDuplicates = "retry_duplicates", "a lost answer is retried without asking whether the call arrived";
    IgnoresTimeout = "ignores_timeout", "upstream calls wait for ever";
    IgnoresRateLimit = "ignores_rate_limit", "a 429 is retried at once, Retry-After or not";
    ReadinessLies = "readiness_lies", "/health and /ready say yes without asking the dependencies";
    CallsOut = "calls_out", "every generation calls a telemetry host in the outside world";
    ReplayLosesEvents = "replay_loses_events", "every second event of a live session is missing from its replay";
    WebhookUnsignedAccepted = "webhook_unsigned_accepted", "the cache webhook takes missing and wrong signatures";
    DropsCorrelation = "drops_correlation", "traceparent and X-Correlation-ID are not passed on";
    WrongRecipientCount = "wrong_recipient_count", "the answer claims another number of recipients than the CRM said";
}

/// Every seeded fault: its name for `STANDIN_FAULTS` and what it does, in one line.
pub fn known_faults() -> &'static [(&'static str, &'static str)] {
    KNOWN
}

/// The set of faults that is switched on; empty for the honest service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults(u32);

impl Faults {
    /// Reads a comma list of fault names.
    ///
    /// # Errors
    /// The first name that is not known.
    pub(crate) fn parse(list: &str) -> Result<Faults, String> {
        let mut set = 0;
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let Some(index) = KNOWN.iter().position(|(known, _)| *known == name) else {
                return Err(name.to_owned());
            };
            set |= 1 << ALL[index] as u32;
        }
        Ok(Faults(set))
    }

    /// Is this fault switched on?
    pub(crate) fn has(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u32) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_switches_on_exactly_its_own_fault() {
        assert!(KNOWN.len() >= 14);
        for (index, (name, what)) in KNOWN.iter().enumerate() {
            assert!(!what.is_empty());
            let faults = Faults::parse(name).unwrap();
            let on: Vec<usize> =
                ALL.iter().enumerate().filter(|(_, fault)| faults.has(**fault)).map(|(i, _)| i).collect();
            assert_eq!(on, [index], "{name}");
        }
    }

    #[test]
    fn lists_allow_spaces_and_refuse_unknown_names() {
        let faults = Faults::parse(" wrong_path , double_send,").unwrap();
        assert!(
            faults.has(Fault::WrongPath) && faults.has(Fault::DoubleSend) && !faults.has(Fault::SkipsSend)
        );
        assert_eq!(Faults::parse("wrong_path,wrong_pth"), Err("wrong_pth".to_owned()));
        assert_eq!(Faults::parse(""), Ok(Faults::default()));
    }
}
