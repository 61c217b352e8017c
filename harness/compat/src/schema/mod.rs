//! What two schemas allow, compared.

pub(crate) mod combos;
pub(crate) mod compare;
pub(crate) mod covers;
pub(crate) mod finding;
pub(crate) mod flat;
pub(crate) mod flatten;
pub(crate) mod keywords;
pub(crate) mod objects;
pub(crate) mod texts;
pub(crate) mod types;
