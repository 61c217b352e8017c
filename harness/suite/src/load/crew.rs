//! The crew of a load: plays scenarios and requests on the load's own thread.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use dryrun_load::profile::{Profile, Request};
use dryrun_load::requests::{Requests, Setup};
use dryrun_load::{Crew, LoadError, Meter, Slice, Transport, Turn};
use dryrun_mocks::{CrowdSpec, View, ViewOwner};
use dryrun_record::load::{LoadFailure, Sends};
use dryrun_record::{Direction, Failure, FailureKind, ScenarioRef};
use dryrun_target::TargetSpec;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde_json::Value;

use crate::load::claims::Claims;
use crate::load::ended::{Account, Ended};
use crate::load::kit::{Checks, Kit};
use crate::load::ledger::Ledger;
use crate::load::playing::Playing;
use crate::load::script::{Act, Play, What};
use crate::load::sent::Sent;
use crate::load::strays::Strays;
use crate::load::telling::{Telling, shown};
use crate::runner::step::{Patience, carry_out};
use crate::station::{Shared, Station};
use crate::world::World;

/// How often iterations whose calls may still come are looked at.
const SWEEP: Duration = Duration::from_millis(20);

/// The longest that an iteration's calls under way are waited for after its end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a crew is made of; it goes to the load's own thread.
pub(crate) struct Recipe {
    pub(crate) shared: Arc<Shared>,
    pub(crate) station: Arc<Station>,
    pub(crate) correlated: bool,
    pub(crate) profile: Arc<Profile>,
    pub(crate) acts: Arc<[Act]>,
    pub(crate) slice: Slice,
    pub(crate) linger: Duration,
}

impl Recipe {
    /// Makes the crew.
    pub(crate) fn muster(self) -> Result<Rc<dyn Crew>, LoadError> {
        let Self { shared, station, correlated, profile, acts, slice, linger } = self;
        let run = rand::random::<u64>().max(1);
        let transport = Transport::new(&station.target_url, profile.connections, profile.timeout)?;
        let claims = Arc::new(claims(&shared, &station)?);
        let strays =
            Arc::new(Strays::new(correlated.then_some(run), Arc::clone(&claims), Arc::clone(&shared.policy)));
        let name = format!("the load {}", profile.name);
        let crowds = station.mocks.iter().map(|mock| {
            let heard = Arc::clone(&strays);
            let strays = Arc::new(move |call: &dryrun_record::Exchange| heard.hear(call));
            (
                mock.key().to_owned(),
                mock.open_crowd(CrowdSpec { name: name.clone(), prefix: run, alone: !correlated, strays }),
            )
        });
        let policy = Arc::clone(&shared.policy);
        let (TargetSpec::Attach { ready, .. } | TargetSpec::Command { ready, .. }) = &shared.target_spec;
        let ready = format!("GET {}", ready.path);
        let masker = shared.events.masker();
        let mut requests = Requests::new(Setup {
            transport: transport.clone(),
            run,
            contract: shared.target_contract.clone(),
            contracts: profile.contracts,
            tolerates: Some(Box::new(move |breach| {
                // What the configuration itself names need not be documented.
                if breach.keyword == "operation" && breach.operation == ready {
                    return true;
                }
                let breach = dryrun_mocks::record_breach("service", breach);
                policy.rule(Direction::ToService, &breach).mode != crate::policy::ContractMode::Enforce
            })),
            masker: masker.clone(),
            slice,
        });
        for (part, act) in acts.iter().enumerate() {
            if let What::Request(both) = &act.what {
                let (workflow, request) = &**both;
                let request = &with_headers(request, &shared.options.headers);
                let rows = act.rows.as_ref().map(|rows| rows.texts()).unwrap_or_default();
                requests.add(part, workflow, request, &rows).map_err(LoadError::Nothing)?;
            }
        }
        let owner = |act: &Act| {
            let (scenario, correlation) = (act.part.name.clone(), String::new());
            Arc::new(ViewOwner { scenario, attempt: 0, correlation, alone: false })
        };
        let row = |act: &Act| {
            let len = act.rows.as_ref().map_or(1, |rows| rows.len());
            Cell::new(slice.index as usize % len.max(1))
        };
        let kit = Kit {
            crowds: crowds.collect(),
            owners: acts.iter().map(owner).collect(),
            rows: acts.iter().map(row).collect(),
            telling: Telling::new(masker.clone()),
            ledger: RefCell::new(Ledger::default()),
            ended: RefCell::new(VecDeque::new()),
            checks: Checks::default(),
            contracts: profile.contracts,
            shared,
            station,
            run,
            correlated,
            slice,
            transport,
            requests,
            acts,
            claims,
            strays,
            linger,
        };
        Ok(Rc::new(SuiteCrew { kit: Rc::new(kit), sweeping: Cell::new(false) }))
    }
}

/// A request with the headers that go with each request to the service, where it has none of the name itself.
fn with_headers(request: &Request, usual: &[(String, String)]) -> Request {
    let own = |name: &String| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let usual = usual.iter().filter(|(name, _)| !own(name)).cloned();
    Request { headers: usual.chain(request.headers.iter().cloned()).collect(), ..request.clone() }
}

/// The claims of the configuration, understood in a world that is thrown away.
fn claims(shared: &Arc<Shared>, station: &Arc<Station>) -> Result<Claims, LoadError> {
    let nobody = ScenarioRef {
        id: String::new(),
        file: String::new(),
        line: 0,
        feature: String::new(),
        rule: None,
        name: String::new(),
        tags: Vec::new(),
    };
    let mut world = World::new(Arc::clone(shared), Arc::clone(station), nobody, 0);
    Claims::compile(&mut world).map_err(|failure| LoadError::Nothing(shown(&failure.0)))
}

/// Plays what the script says.
struct SuiteCrew {
    kit: Rc<Kit>,
    sweeping: Cell<bool>,
}

impl Crew for SuiteCrew {
    fn play(self: Rc<Self>, turn: Turn, meter: Meter) -> LocalBoxFuture<'static, ()> {
        self.sweep_on(&meter);
        let kit = Rc::clone(&self.kit);
        async move {
            match kit.what(turn.part) {
                What::Request(both) => request(&kit, &both.1, turn, &meter).await,
                What::Scenario(play) => {
                    let play = Arc::clone(play);
                    scenario(kit, play, turn, meter).await;
                }
            }
        }
        .boxed_local()
    }

    fn finish(self: Rc<Self>, meter: Meter) -> LocalBoxFuture<'static, Sends> {
        async move { self.close(&meter).await }.boxed_local()
    }
}

impl SuiteCrew {
    /// Judges iterations a moment after their end, beside those that are under way.
    fn sweep_on(&self, meter: &Meter) {
        if self.sweeping.replace(true) || self.kit.crowds.is_empty() {
            return;
        }
        let (kit, meter) = (Rc::downgrade(&self.kit), meter.clone());
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(kit) = kit.upgrade() else { return };
                kit.sweep(Instant::now(), &meter);
            }
        });
    }

    async fn close(&self, meter: &Meter) -> Sends {
        let kit = &self.kit;
        while !kit.ended.borrow().is_empty() {
            kit.sweep(Instant::now(), meter);
            tokio::time::sleep(SWEEP).await;
        }
        if !kit.correlated && !kit.crowds.is_empty() {
            tokio::time::sleep(kit.linger).await;
            let last = Instant::now() + PATIENCE;
            while kit.crowds.iter().any(|(_, crowd)| crowd.under_way() > 0) && Instant::now() < last {
                tokio::time::sleep(SWEEP).await;
            }
        }
        let heard = kit.strays.heard();
        let alone = (!kit.correlated).then_some(heard.applied.as_slice());
        let (mut sends, wrong) = kit.ledger.borrow_mut().close(&kit.claims, alone);
        if kit.crowds.is_empty() {
            sends.unjudged = Some("no service is mocked: there is nothing to compare with".to_owned());
        }
        sends.received += heard.received;
        sends.phantom += heard.phantom;
        sends.unexpected += heard.unexpected;
        meter.breaches(heard.breaches);
        for ((cause, message), (count, example)) in heard.wrong {
            let example = || kit.telling.quoting(&example, &kit.private());
            meter.failure(LoadFailure { count, ..kit.telling.failure(cause, "", "", message, example) });
        }
        for (cause, count, message) in wrong {
            meter.failure(LoadFailure { count, ..kit.telling.failure(cause, "", "", message, String::new) });
        }
        sends
    }
}

/// Cleans up behind an iteration that is cut off: nothing can be said of its calls.
struct CutOff<'a> {
    kit: &'a Kit,
    number: u64,
    armed: bool,
}

impl<'a> CutOff<'a> {
    fn new(kit: &'a Kit, number: u64) -> Self {
        Self { kit, number, armed: true }
    }
}

impl Drop for CutOff<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.kit.strays.excuse(self.number);
            self.kit.forget(self.number);
        }
    }
}

async fn request(kit: &Kit, request: &Request, turn: Turn, meter: &Meter) {
    let views = kit.open_views(turn.part, turn.number);
    let mut cut_off = CutOff::new(kit, turn.number);
    let reply = kit.requests.play(turn, meter).await;
    cut_off.armed = false;
    let line = format!("{} {}", request.method, request.path.split('?').next().unwrap_or_default());
    let about = kit.claims.about(&line);
    let uncovered = !about && !matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    let mut account = Account::of_one(reply.is_none(), uncovered);
    if let (true, Some(reply)) = (about, reply) {
        let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        kit.claims.add(&line, &body, &mut account.claimed);
    }
    over(kit, turn, views, account, None);
}

/// Keeps an iteration until its calls are judged.
fn over(kit: &Kit, turn: Turn, views: Vec<View>, account: Account, played: Option<(World, Sent)>) {
    if account.unclear {
        kit.strays.excuse(turn.number);
    }
    if !kit.correlated {
        kit.ledger.borrow_mut().claim_alone(&account);
        return;
    }
    if views.is_empty() {
        return;
    }
    let due = Instant::now() + kit.linger;
    let mut ended = Ended {
        part: turn.part,
        number: turn.number,
        views,
        due,
        last: due + PATIENCE,
        account,
        promises: Vec::new(),
        calls_made: 0,
        unexpected_expected: false,
        breaches_expected: false,
        expected: Default::default(),
        sent: Sent::default(),
    };
    if let Some((world, sent)) = played {
        ended.sent = sent;
        ended.calls_made = world.calls_made.load(Ordering::Relaxed);
        ended.unexpected_expected = world.unexpected_calls_expected;
        ended.breaches_expected = world.breaches_expected;
        ended.expected = world.expected_breaches;
        ended.promises = world.promises;
    }
    kit.ended.borrow_mut().push_back(ended);
}

async fn scenario(kit: Rc<Kit>, play: Arc<Play>, turn: Turn, meter: Meter) {
    let views = kit.open_views(turn.part, turn.number);
    let mut cut_off = CutOff::new(&kit, turn.number);
    let playing = Rc::new(Playing::new(Rc::clone(&kit), turn, meter.clone(), Arc::clone(&play)));
    let mut world = world(&kit, &playing, &views);
    let begun = Instant::now();
    let mut unheld = false;
    for (index, step) in play.steps.iter().enumerate() {
        let (before, began) = (playing.begin(index), Instant::now());
        if step.renews {
            world.promises.clear();
        }
        let patience = Patience { begun, extra: step.extra, granted: Duration::ZERO };
        let failures = carry_out(&mut world, step.phrase.run, step.call.clone(), patience).await;
        if let Some(live) = step.live {
            playing.waited(&world, live, before, began);
        }
        if !failures.is_empty() {
            unheld = true;
            told(&kit, &playing, &world, index, &failures);
            break;
        }
    }
    // Sessions end with the user.
    world.clients.clear();
    let cause = playing.cause(&world);
    meter.iteration(&turn, Instant::now(), cause.as_deref());
    cut_off.armed = false;
    drop(cut_off);
    if unheld {
        // What broke off in the middle has no end at which anything could still hold.
        world.promises.clear();
    }
    world.carrier = None;
    let account = std::mem::take(&mut *playing.account.borrow_mut());
    let sent = playing.take_sent();
    drop(playing);
    over(&kit, turn, views, account, Some((world, sent)));
}

fn world(kit: &Rc<Kit>, playing: &Rc<Playing>, views: &[View]) -> World {
    let turn = playing.turn;
    let seed = kit.shared.options.seed ^ turn.number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ kit.run;
    let mut world = World::with(
        Arc::clone(&kit.shared),
        Arc::clone(&kit.station),
        Arc::clone(&playing.play.reference),
        1,
        playing.correlation(),
        seed,
    );
    for ((key, _), view) in kit.crowds.iter().zip(views) {
        world.views.insert(key.clone(), view.clone());
    }
    let mut numbers = [("iteration".to_owned(), turn.number.into()), (String::new(), Value::Null)];
    if let Some(rows) = &kit.acts[turn.part].rows {
        let row = kit.next_row(turn.part, rows.len());
        numbers[1] = ("row".to_owned(), (row + 1).into());
        world.vars.give(Arc::clone(&rows.names), rows.row(row));
    } else {
        numbers[1] = ("row".to_owned(), turn.number.into());
    }
    world.vars.begin_with(numbers);
    world.carrier = Some(Rc::clone(playing) as Rc<dyn crate::world::Carrier>);
    world
}

/// A step that did not hold: the request before it failed, unless it had already.
fn told(kit: &Kit, playing: &Playing, world: &World, step: usize, failures: &[Failure]) {
    let text = playing.play.steps[step].text.as_str();
    let kind = failures.first().map_or(FailureKind::Check, |failure| failure.kind);
    // No answer came: that has been told, in fewer words.
    if playing.account.borrow().unclear && kind == FailureKind::Environment {
        return playing.failed("transport");
    }
    let (cause, verb) = match kind {
        FailureKind::Timeout => ("timeout", "ran out of time"),
        FailureKind::Contract => ("contract", "did not hold"),
        FailureKind::Panic => ("panic", "panicked"),
        FailureKind::Environment => ("environment", "could not do its work"),
        _ => ("check", "did not hold"),
    };
    playing.failed(&format!("{cause}: {text}"));
    let workflow = kit.name(playing.turn.part);
    let message = format!("`{text}` {verb}");
    playing.meter.failure(kit.telling.failure(cause, workflow, text, message, || {
        let last = world.last.as_ref().map(|answer| {
            let said = answer.error.clone().unwrap_or_else(|| format!("{} {}", answer.status, answer.text()));
            format!("\n{} was answered {said}", answer.request)
        });
        let text = format!("{}{}", kit.telling.shown(failures), last.unwrap_or_default());
        kit.telling.quoting(&text, &playing.private(world))
    }));
}
