//! What an iteration has sent, kept for what it holds at secret places: no failure may show that. [`Sent`].

use std::collections::VecDeque;

use dryrun_record::Masker;

use crate::answer::SentRequest;

/// So many requests of an iteration are kept, the last ones.
const KEPT: usize = 32;

/// The requests of an iteration. Looked into only when there is a failure to tell.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    requests: VecDeque<SentRequest>,
    /// What goes with each of them.
    headers: Vec<(String, String)>,
}

impl Sent {
    /// Keeps a request.
    pub(crate) fn keep(&mut self, request: &SentRequest, usual: &[(String, String)]) {
        if self.requests.len() == KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(request.clone());
        if self.headers != usual {
            self.headers = usual.to_vec();
        }
    }

    /// What stands at its secret places.
    pub(crate) fn private(&self, masker: &Masker) -> Vec<String> {
        let mut all = masker.private(pairs(&self.headers), "", &[]);
        for request in &self.requests {
            let query = request.path.split_once('?').map_or("", |(_, query)| query);
            all.extend(masker.private(pairs(&request.headers), query, &request.body));
        }
        all
    }
}

/// Headers as the masker takes them.
pub(crate) fn pairs(headers: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}
