//! Where the provider answers otherwise than our mock: [`compare`]. Structure, never plain values.

use std::collections::BTreeSet;

use crate::answer::Answer;
use crate::body;
use crate::finding::{Compared, Context, Drift, DriftKind};

/// Headers that clients act upon: compared also where the contract does not name them.
const ACTED_UPON: [&str; 7] =
    ["content-disposition", "deprecation", "link", "location", "retry-after", "sunset", "www-authenticate"];

/// Compares two answers to the same call.
pub(crate) fn compare(context: &mut Context<'_>, mock: &Answer, provider: &Answer) -> Compared {
    let mut found = Compared::default();
    let class = mock.status / 100 == provider.status / 100;
    let open = class && context.operation.documents(provider.status) && !context.scripted;
    if mock.status != provider.status && !open {
        found.drift.push(status(context, mock.status, provider.status));
    }
    if !class {
        found.notes.push("header and body: answers of different classes have nothing in common".to_owned());
        return found;
    }
    headers(context, mock, provider, &mut found);
    if media(context, mock, provider, &mut found) {
        body::compare(context, mock, provider, &mut found);
    }
    same_headers(context, mock, provider, &mut found);
    found.drift.sort_by(|a, b| (a.kind, &a.at).cmp(&(b.kind, &b.at)));
    found
}

fn status(context: &Context<'_>, mock: u16, provider: u16) -> Drift {
    let advice = if matches!(provider, 401 | 403) && mock < 400 {
        "give the credentials of the provider: --bearer-env, --basic-env or --auth-header; if it is right to refuse, \
         let the mock do so"
            .to_owned()
    } else if context.operation.documents(provider) {
        format!("let {} answer {provider}", context.behaviour())
    } else {
        format!(
            "document {provider} for {} in {}, then let {} answer it",
            context.operation.line(),
            context.contract_path,
            context.behaviour()
        )
    };
    Drift {
        kind: DriftKind::Status,
        at: "status".into(),
        mock: mock.to_string(),
        provider: provider.to_string(),
        advice,
    }
}

fn headers(context: &Context<'_>, mock: &Answer, provider: &Answer, found: &mut Compared) {
    let answers = context.contract.responses(context.operation);
    let documented = |status: u16| -> Vec<String> {
        let keys = [status.to_string(), format!("{}XX", status / 100), "default".to_owned()];
        let answer = keys.iter().find_map(|key| answers.iter().find(|answer| answer.status == *key));
        let headers = answer.map(|answer| &answer.headers[..]).unwrap_or_default();
        headers.iter().map(|header| header.name.to_ascii_lowercase()).collect()
    };
    let mut names: BTreeSet<String> = ACTED_UPON.iter().map(|name| (*name).to_owned()).collect();
    let known: BTreeSet<String> =
        documented(mock.status).into_iter().chain(documented(provider.status)).collect();
    names.extend(known.iter().cloned());
    for name in names {
        let (ours, theirs) = (mock.header(&name), provider.header(&name));
        if ours.is_some() == theirs.is_some() {
            continue;
        }
        let advice = match (theirs.is_some(), known.contains(&name)) {
            (true, true) => format!("let {} answer the header {name}", context.behaviour()),
            (true, false) => format!(
                "document the header {name} in {}, then let {} answer it",
                context.contract_path,
                context.behaviour()
            ),
            (false, _) => format!(
                "take the header {name} out of {}, and out of {} if the provider never sends it",
                context.behaviour(),
                context.contract_path
            ),
        };
        let say = |there: bool| if there { "there" } else { "missing" }.to_owned();
        found.drift.push(Drift {
            kind: DriftKind::Header,
            at: format!("header/{name}"),
            mock: say(ours.is_some()),
            provider: say(theirs.is_some()),
            advice,
        });
    }
}

/// Whether the bodies can be compared.
fn media(context: &Context<'_>, mock: &Answer, provider: &Answer, found: &mut Compared) -> bool {
    let say = |answer: &Answer| match (answer.body.is_empty(), answer.media()) {
        (true, _) => "no body".to_owned(),
        (false, Some(media)) => media,
        (false, None) => "a body without a media type".to_owned(),
    };
    let (ours, theirs) = (say(mock), say(provider));
    if ours == theirs {
        return !mock.body.is_empty();
    }
    let advice = format!(
        "let {} answer it so; document it in {} first if it is not yet",
        context.behaviour(),
        context.contract_path
    );
    found.drift.push(Drift {
        kind: DriftKind::MediaType,
        at: "header/content-type".into(),
        mock: ours,
        provider: theirs,
        advice,
    });
    false
}

/// The headers whose values have to be the same.
fn same_headers(context: &Context<'_>, mock: &Answer, provider: &Answer, found: &mut Compared) {
    let line = context.operation.line();
    let names: BTreeSet<&String> =
        mock.headers.iter().chain(&provider.headers).map(|(name, _)| name).collect();
    for name in names {
        let at = format!("header/{name}");
        let (ours, theirs) = (mock.header(name), provider.header(name));
        if ours != theirs && context.same.iter().any(|same| same.covers(&line, &at)) {
            let say = |value: Option<&str>| {
                value.map_or_else(|| "missing".to_owned(), |text| format!("\"{text}\""))
            };
            found.drift.push(context.value(&at, &say(ours), &say(theirs)));
        }
    }
}
