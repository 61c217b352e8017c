//! Living document -> newsletter, web update and social posts: templates and tones, no randomness, no clock, so
//! the same document and options always give the same bytes.

mod newsletter;
mod session;
mod social;
mod text;
mod tone;
mod web;

pub(crate) use newsletter::newsletter;
pub(crate) use session::session_summary;
pub(crate) use social::{limit, social_post};
pub(crate) use text::slug;
pub(crate) use web::web_update;
