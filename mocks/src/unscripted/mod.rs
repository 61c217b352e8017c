//! What a mock does where no behaviour file says it: documented examples first, otherwise made-up answers that honour
//! the contract; things that are made, found, changed and removed where the paths look like a collection.

pub(crate) mod asks;
pub(crate) mod bodies;
pub(crate) mod changes;
pub(crate) mod documented;
pub(crate) mod exampled;
pub(crate) mod facts;
pub(crate) mod fields;
pub(crate) mod ids;
pub(crate) mod listing;
pub(crate) mod made;
pub(crate) mod mend;
pub(crate) mod present;
pub(crate) mod refusal;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod roles;
pub(crate) mod sheet;
pub(crate) mod spots;
pub(crate) mod things;
pub(crate) mod unanswered;
pub(crate) mod window;
