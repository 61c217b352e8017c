//! [`Crowd`]: the handle of a load run on its views of a mock.

use std::sync::Arc;

use crate::crowd::CrowdSpec;
use crate::hub::Hub;
use crate::view::View;
use crate::viewstate::{ViewOwner, ViewState};

/// The views of a load run at one mock. Dropping it ends them all.
#[derive(Debug)]
pub struct Crowd {
    hub: Arc<Hub>,
    collections: Arc<[String]>,
    prefix: u64,
    rest: Arc<ViewState>,
}

impl Crowd {
    pub(crate) fn new(hub: Arc<Hub>, collections: Arc<[String]>, spec: CrowdSpec) -> Self {
        let prefix = spec.prefix;
        let rest = hub.open_crowd(spec);
        Self { hub, collections, prefix, rest }
    }

    /// Opens the view of a member. The owner's correlation does not count: it is the crowd's prefix and the number.
    pub fn open_view(&self, number: u64, owner: Arc<ViewOwner>) -> View {
        let inner = self.hub.open_member(self.prefix, number, owner);
        View { inner, hub: Arc::clone(&self.hub), collections: Arc::clone(&self.collections) }
    }

    /// Ends the view of a member and all memory of it; what still comes for it goes to the listener.
    pub fn forget(&self, number: u64) {
        self.hub.forget(self.prefix, number);
    }

    /// How many members there are.
    pub fn members(&self) -> usize {
        self.hub.members(self.prefix)
    }

    /// How many calls of the crowd that belong to no member are under way.
    pub fn under_way(&self) -> usize {
        self.rest.under_way()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.hub.close_crowd(self.prefix);
    }
}
