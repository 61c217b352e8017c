//! The shipped mocks as providers: one with other made-up data has no drift, and one that was changed is found out.

use std::path::Path;

use dryrun_mocks::{MockOptions, MockServer, ServiceSpec};
use dryrun_verify::{DriftKind, Options, Subject};

use crate::support::{Done, verified_with, writes};

fn shipped(key: &str, behaviour: Option<&str>) -> Subject {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(format!("mocks/services/{key}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut spec =
        ServiceSpec::load(key, &root.join(format!("schemas/{key}/openapi.yaml")), Some(&path)).unwrap();
    if let Some(changed) = behaviour {
        spec.behaviour = dryrun_mocks::Behaviour::parse("changed.yaml", changed).unwrap();
    }
    Subject {
        spec,
        behaviour: Some((format!("mocks/services/{key}.yaml"), text)),
        contract_text: String::new(),
    }
}

/// Verifies the shipped mock against a server of `provider`.
async fn against(key: &str, provider: Subject) -> Done {
    let options = MockOptions { seed: 77, ..MockOptions::default() };
    let server = MockServer::start(provider.spec, options).await.unwrap();
    let done = verified_with(&shipped(key, None), None, &writes(), Options::new(server.url())).await;
    server.stop().await;
    done
}

#[tokio::test]
async fn our_own_mocks_with_other_data_have_no_drift() {
    for key in ["crm", "platform"] {
        let done = against(key, shipped(key, None)).await;
        assert_eq!(done.summary().drift, [], "{key}");
        assert!(done.failures().is_empty(), "{key}: {:#?}", done.failures());
        assert!(done.summary().compared > 8, "{key}: {:?}", done.summary());
        assert_eq!(
            done.summary().compared,
            done.summary().played,
            "{key}: {:?}",
            done.notices("not-compared")
        );
    }
}

#[tokio::test]
async fn a_changed_behaviour_is_named() {
    let text = shipped("crm", None).behaviour.unwrap().1;
    let changed = text.replace(
        "message_id: ${item.message_id}\n      status: sent",
        "message_id: ${item.message_id}\n      note: new\n      status: sent",
    );
    assert_ne!(changed, text);
    let done = against("crm", shipped("crm", Some(&changed))).await;
    assert!(!done.summary().drift.is_empty());
    for (line, drift) in &done.summary().drift {
        assert_eq!((line.as_str(), drift.at.as_str()), ("POST /api/v1/email/send", "body/note"));
        assert_eq!(drift.kind, DriftKind::Presence);
        assert!(drift.advice.contains("mocks/services/crm.yaml"), "{}", drift.advice);
    }
}
