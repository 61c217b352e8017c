//! Things of a schema that others inherit from by `discriminator`: what was sent or documented comes back.

use serde_json::json;

use crate::bare;
use crate::common::assert_clean;

const BOTH: [&str; 2] = ["heirs.yaml", "heirs-3.0.yaml"];

#[tokio::test]
async fn what_was_posted_comes_back_whichever_heir_it_is() {
    for name in BOTH {
        let (server, pets) = bare(name).await;
        let dog = json!({"name": "Bella", "kind": "dog", "bark": false});
        let (status, made) = pets.call("POST /pets", Some(&dog)).await;
        assert_eq!((status, &made), (201, &json!({"id": 1, "name": "Bella", "kind": "dog", "bark": false})));
        // The kind of those that are no heir.
        let (status, other) = pets.call("POST /pets", Some(&json!({"name": "Ida", "kind": "Pet"}))).await;
        assert_eq!((status, &other), (201, &json!({"id": 2, "name": "Ida", "kind": "Pet"})));
        assert_eq!(pets.get("/pets/1").await, made, "{name}");
        assert_eq!(pets.get("/pets").await, json!([made, other]), "{name}");
        let quiet = json!({"name": "Max", "kind": "dog", "bark": true});
        let (_, put) = pets.call("PUT /pets/1", Some(&quiet)).await;
        assert_eq!(put, json!({"id": 1, "name": "Max", "kind": "dog", "bark": true}), "{name}");
        assert_eq!(pets.get("/pets/1").await, put, "{name}");
        assert_clean(&server.default_view());
    }
}

#[tokio::test]
async fn documented_heirs_are_there_from_the_start() {
    for name in BOTH {
        let (server, toys) = bare(name).await;
        let ball = json!({"id": 4, "kind": "ball", "name": "Red", "size": 3});
        let rope = json!({"id": 5, "kind": "Rope", "name": "Blue"});
        assert_eq!(toys.get("/toys/4").await, ball, "{name}");
        assert_eq!(toys.get("/toys/5").await, rope, "{name}");
        assert_eq!(toys.get("/toys").await, json!([ball, rope]), "{name}");
        let (_, made) = toys.call("POST /toys", Some(&json!({"name": "Green", "kind": "Rope"}))).await;
        assert_eq!(made, json!({"id": 1, "name": "Green", "kind": "Rope"}), "{name}");
        assert_clean(&server.default_view());
    }
}
