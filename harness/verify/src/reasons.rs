//! When two answers can't be compared, and why: [`incomparable`].

use crate::answer::Answer;
use crate::call::Call;

/// Why these two answers say nothing about each other; `None` if they do. `foreign` says that the path names something
/// by an id that is ours, not the provider's.
pub(crate) fn incomparable(call: &Call, foreign: bool, mock: &Answer, provider: &Answer) -> Option<String> {
    let gone = |status: u16| matches!(status, 404 | 410);
    let troubled = |status: u16| status >= 500 || matches!(status, 408 | 429);
    if foreign && gone(provider.status) && mock.status < 300 && call.operation.documents(provider.status) {
        return Some(format!("the id is ours, and the provider does not know it ({})", provider.status));
    }
    if foreign && gone(mock.status) && provider.status < 300 && call.operation.documents(mock.status) {
        return Some(format!(
            "the provider knows this id and answers {}, our mock does not",
            provider.status
        ));
    }
    if call.write && provider.status == 409 && mock.status < 300 && call.operation.documents(409) {
        return Some(
            "the provider has such a thing already (409), and our mock begins with nothing".to_owned(),
        );
    }
    if troubled(mock.status) && !troubled(provider.status) {
        return Some(format!(
            "our mock plays trouble here ({}), which a provider in good health does not ({})",
            mock.status, provider.status
        ));
    }
    if matches!(mock.status, 401 | 403) && provider.status < 400 {
        return Some(format!(
            "our mock refuses the credential that it was given ({}): the first of `auth.keys` in its behaviour file, or \
             any that its contract's `security` asks for",
            mock.status
        ));
    }
    None
}
