//! Bodies that no value stands for: broken JSON, names that come twice, other media types, nothing at all.

use serde_json::Value;

use super::case::{Case, CaseKind};
use super::request::{Draft, DraftBody};

/// How deep the deepest body is.
const DEEP: usize = 20_000;
/// What is looked for in a body to put something else in its place.
const MARK: &str = "dryrun-mark-5b1f";

/// One way to send a body.
pub(super) struct RawBody {
    pub(super) kind: CaseKind,
    pub(super) rule: &'static str,
    pub(super) name: &'static str,
    pub(super) extreme: bool,
    pub(super) body: DraftBody,
}

fn bad(rule: &'static str, name: &'static str, body: DraftBody) -> RawBody {
    RawBody { kind: CaseKind::Negative, rule, name, extreme: false, body }
}

/// The ways to send a body other than as a value.
pub(super) fn bodies(draft: &Draft<'_>) -> Vec<RawBody> {
    let (media, value) = match &draft.body {
        DraftBody::Value(media, value) => (media.clone(), value),
        _ => return Vec::new(),
    };
    let (sent, bytes) = super::wire::body(&media, value);
    let typed = |bytes: Vec<u8>| DraftBody::Raw(Some(sent.clone()), bytes);
    let other = |media: &str| DraftBody::Raw(Some(media.to_owned()), bytes.clone());
    let mut all = vec![
        bad("required", "no body", DraftBody::None),
        bad("mediaType", "as text/plain", other("text/plain")),
        bad("mediaType", "as application/xml", other("application/xml")),
        bad("mediaType", "as an image", other("image/png")),
        bad("mediaType", "without a Content-Type", DraftBody::Raw(None, bytes.clone())),
        bad("mediaType", "with a Content-Type that is none", other("nonsense")),
    ];
    let bare = sent.split(';').next().unwrap_or_default();
    if !bare.ends_with("json") {
        return all;
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let end = text.char_indices().next_back().map_or(0, |(at, _)| at);
    all.extend([
        bad("syntax", "an empty body", typed(Vec::new())),
        bad("syntax", "cut off before the end", typed(text[..end].into())),
        bad("syntax", "something behind the end", typed(format!("{text} x").into())),
        bad("syntax", "no JSON at all", typed(b"not json".to_vec())),
        bad("syntax", "NaN", typed(b"NaN".to_vec())),
        bad("syntax", "bytes that are no UTF-8", typed(b"{\"a\":\"\xff\xfe\"}".to_vec())),
        bad("syntax", "20,000 brackets deep", typed([vec![b'['; DEEP], vec![b']'; DEEP]].concat())),
        bad("type", "text in place of the body", typed(b"\"text\"".to_vec())),
        bad("type", "null in place of the body", typed(b"null".to_vec())),
    ]);
    if let Value::Object(fields) = value {
        let inner = text.trim_start_matches('{');
        all.push(bad("syntax", "a comma too many", typed(format!("{},}}", &text[..end]).into())));
        all.push(bad("syntax", "quoted as in Python", typed(text.replace('"', "'").into())));
        if let Some((name, _)) = fields.iter().next() {
            let name = Value::String(name.clone());
            // The last one counts for most readers, and here it is wrong.
            let twice = format!("{},{name}:[[\"dryrun\"]]}}", &text[..end]);
            all.push(bad("duplicate", "a name twice, the second time with rubbish", typed(twice.into())));
            all.push(RawBody {
                kind: CaseKind::Positive,
                rule: "duplicate",
                name: "a name twice, the first time with rubbish",
                extreme: true,
                body: typed(format!("{{{name}:[[\"dryrun\"]],{inner}").into()),
            });
        }
        if let Some((name, _)) = fields.iter().find(|(_, value)| value.is_string()) {
            let mut marked = fields.clone();
            marked.insert(name.clone(), Value::String(MARK.to_owned()));
            let lone = Value::Object(marked).to_string().replace(MARK, "a\\ud800b");
            all.push(RawBody {
                extreme: true,
                ..bad(Case::LONE_SURROGATE, "half of a surrogate pair", typed(lone.into()))
            });
        }
    }
    all
}
