//! A [`Plan`]: everything an operation is judged by, compiled.

use crate::body::Media;
use crate::parameters::Parameter;
use crate::router::Piece;

/// What one operation is judged by.
pub(crate) struct Plan {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<RequestBody>,
    pub(crate) answers: Vec<Answer>,
    /// Names of query parameters that carry a key of the security schemes.
    pub(crate) keys: Vec<String>,
    /// Where the document has it.
    pub(crate) at: String,
}

/// The documented body of a request.
pub(crate) struct RequestBody {
    pub(crate) required: bool,
    pub(crate) content: Vec<Media>,
    pub(crate) at: String,
}

/// One documented answer.
pub(crate) struct Answer {
    pub(crate) key: StatusKey,
    pub(crate) headers: Vec<Parameter>,
    /// Empty: the document says nothing about a body.
    pub(crate) content: Vec<Media>,
    pub(crate) at: String,
}

impl Plan {
    /// The documented answer for a status: the exact one, else its range, else `default`.
    pub(crate) fn answer(&self, status: u16) -> Option<&Answer> {
        let fits = self.answers.iter().filter(|answer| answer.key.covers(status));
        fits.min_by_key(|answer| answer.key)
    }
}

/// For which statuses an answer is documented. Ordered by precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StatusKey {
    /// `"200"`
    Exact(u16),
    /// `"4XX"`: the first digit.
    Range(u16),
    /// `"default"`
    Default,
}

impl StatusKey {
    /// Reads `200`, `4XX`, `default`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        let (first, rest) = text.split_at_checked(1)?;
        let first = first.parse::<u16>().ok().filter(|digit| (1..=5).contains(digit))?;
        match rest {
            "XX" | "xx" => Some(Self::Range(first)),
            _ if rest.len() == 2 => text.parse().ok().map(Self::Exact),
            _ => None,
        }
    }

    /// Whether an answer with this status is meant.
    pub(crate) fn covers(self, status: u16) -> bool {
        match self {
            Self::Exact(exact) => exact == status,
            Self::Range(first) => status / 100 == first,
            Self::Default => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        assert_eq!(StatusKey::parse("404"), Some(StatusKey::Exact(404)));
        assert_eq!(StatusKey::parse("4XX"), Some(StatusKey::Range(4)));
        assert_eq!(StatusKey::parse("default"), Some(StatusKey::Default));
        for wrong in ["", "4", "999", "4X", "ok", "2000", "é00"] {
            assert_eq!(StatusKey::parse(wrong), None, "{wrong}");
        }
        assert!(StatusKey::Range(4).covers(451) && !StatusKey::Range(4).covers(500));
        assert!(StatusKey::Exact(404) < StatusKey::Range(4) && StatusKey::Range(4) < StatusKey::Default);
    }
}
