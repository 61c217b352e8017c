//! Things that are made, found, listed, changed and removed.

use serde_json::{Value, json};

use crate::bare;
use crate::common::assert_clean;

#[tokio::test]
async fn what_was_made_is_found_listed_changed_and_gone() {
    let (server, store) = bare("store.yaml").await;
    assert_eq!(store.get("/pets").await["pets"], json!([]));
    let rex = json!({"name": "Rex", "status": "free", "secret": "x", "age": 3});
    let response = store.send("POST /pets", Some(&rex)).await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let made: Value = response.json().await.unwrap();
    assert_eq!((&made["id"], &made["name"], &made["age"]), (&json!(1), &json!("Rex"), &json!(3)));
    assert!(made.get("secret").is_none() && made["created_at"].is_string(), "{made}");
    assert_eq!(location, "/pets/1");
    assert_eq!(store.get(&location).await, made, "what was made up beside stays as it is");

    for (name, status) in [("Tom", "sold"), ("Ada", "free")] {
        assert_eq!(store.call("POST /pets", Some(&json!({"name": name, "status": status}))).await.0, 201);
    }
    let names = |page: &Value| -> Vec<String> {
        let pets = page["pets"].as_array().unwrap().iter();
        pets.map(|pet| pet["name"].as_str().unwrap().to_owned()).collect()
    };
    let page = store.get("/pets").await;
    assert_eq!((names(&page), &page["total"]), (vec!["Rex".into(), "Tom".into(), "Ada".into()], &json!(3)));
    let page = store.get("/pets?limit=1&offset=1").await;
    assert_eq!((names(&page), &page["total"], &page["count"]), (vec!["Tom".into()], &json!(3), &json!(1)));
    assert_eq!(page["has_more"], true);
    let page = store.get("/pets?status=free").await;
    assert_eq!((names(&page), &page["total"]), (vec!["Rex".into(), "Ada".into()], &json!(2)));

    let (status, put) = store.call("PUT /pets/1", Some(&json!({"name": "Max", "status": "sold"}))).await;
    assert_eq!((status, &put["name"], put.get("age")), (200, &json!("Max"), None), "replaced: {put}");
    assert_eq!(put["created_at"], made["created_at"], "what nobody can send stays");
    let patched = json!({"tag": "big"});
    let patch = |body: Value| {
        let request = store.http.patch(format!("{}/pets/1", store.base));
        request.header("content-type", "application/merge-patch+json").body(body.to_string()).send()
    };
    let answer: Value = patch(patched).await.unwrap().json().await.unwrap();
    assert_eq!((&answer["tag"], &answer["name"]), (&json!("big"), &json!("Max")));
    let answer: Value = patch(json!({"tag": null})).await.unwrap().json().await.unwrap();
    assert_eq!(answer.get("tag"), None, "{answer}");

    let gone = store.send("DELETE /pets/1", None).await.unwrap();
    assert_eq!((gone.status().as_u16(), gone.bytes().await.unwrap().len()), (204, 0));
    for line in ["GET /pets/1", "DELETE /pets/1"] {
        let (status, problem) = store.call(line, None).await;
        assert_eq!((status, &problem["status"]), (404, &json!(404)), "{line}: {problem}");
        assert_eq!(problem["detail"], "there is no pet 1");
    }
    assert_eq!(store.call("PATCH /pets/1", None).await.0, 404);
    assert_eq!(names(&store.get("/pets").await), ["Tom", "Ada"]);
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn a_form_makes_a_thing_too() {
    let (server, store) = bare("store.yaml").await;
    let form = [("name", "Rex & Co"), ("status", "free"), ("age", "4")];
    let made = store.http.post(format!("{}/pets", store.base)).form(&form).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    assert_eq!((&made["name"], &made["age"]), (&json!("Rex & Co"), &json!(4)));
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn collections_within_things_are_apart_and_go_with_them() {
    let (server, store) = bare("store.yaml").await;
    let shot = json!({"against": "rabies"});
    let (status, problem) = store.call("POST /pets/1/vaccinations", Some(&shot)).await;
    assert_eq!((status, &problem["detail"]), (404, &json!("there is no pet 1")));
    for name in ["Rex", "Tom"] {
        assert_eq!(store.call("POST /pets", Some(&json!({"name": name, "status": "free"}))).await.0, 201);
    }
    let (status, made) = store.call("POST /pets/1/vaccinations", Some(&shot)).await;
    assert_eq!((status, &made["data"]["against"]), (201, &json!("rabies")), "{made}");
    let id = made["data"]["vaccination_id"].as_str().unwrap();
    assert_eq!(store.get(&format!("/pets/1/vaccinations/{id}")).await, made);
    assert_eq!(store.get("/pets/1/vaccinations").await, json!([made["data"]]));
    assert_eq!(store.get("/pets/2/vaccinations").await, json!([]));
    assert_eq!(store.call(&format!("GET /pets/2/vaccinations/{id}"), None).await.0, 404);
    assert_eq!(store.call("DELETE /pets/1", None).await.0, 204);
    assert_eq!(store.call("GET /pets/1/vaccinations", None).await.0, 404);
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn the_things_of_examples_are_there_from_the_start() {
    let (server, kinds) = bare("kinds.yaml").await;
    assert_eq!(kinds.get("/letters/summer").await, json!({"slug": "summer", "title": "Summer"}));
    assert_eq!(
        kinds.get("/letters").await,
        json!([{"slug": "summer", "title": "Summer"}, {"slug": "spring", "title": "Spring"}])
    );
    let autumn = json!({"slug": "autumn", "title": "Autumn"});
    assert_eq!(
        kinds.call("POST /letters", Some(&autumn)).await,
        (200, autumn.clone()),
        "the client names it"
    );
    let (status, error) = kinds.call("POST /letters", Some(&autumn)).await;
    assert_eq!((status, &error["error"]["message"]), (409, &json!("there is a letter autumn already")));
    assert_eq!(kinds.call("DELETE /letters/spring", None).await, (200, json!({"deleted": true})));
    let (status, error) = kinds.call("GET /letters/spring", None).await;
    assert_eq!((status, &error["error"]["message"]), (404, &json!("there is no letter spring")));
    assert_eq!(kinds.get("/letters").await.as_array().unwrap().len(), 2);
    // Nobody documents what becomes of a letter that is not there: the documented answer is all there is.
    assert_eq!(kinds.call("DELETE /letters/spring", None).await.0, 200);
    server.default_view().reset();
    assert_eq!(kinds.call("GET /letters/spring", None).await.0, 200, "a reset brings them back");
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn the_same_run_gives_the_same_bytes_and_another_seed_others() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let (server, store) = bare("store.yaml").await;
        server.default_view().set_seed(seed);
        let mut said = Vec::new();
        for line in ["GET /weather", "GET /pets"] {
            said.push(store.send(line, None).await.unwrap().text().await.unwrap());
        }
        let rex = json!({"name": "Rex", "status": "free"});
        said.push(store.send("POST /pets", Some(&rex)).await.unwrap().text().await.unwrap());
        said.push(store.send("GET /weather", None).await.unwrap().text().await.unwrap());
        assert_eq!(said[0], said[3], "the same call of the same view");
        runs.push(said);
        assert_clean(&server.default_view());
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
