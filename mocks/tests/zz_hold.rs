mod common;
#[tokio::test]
#[ignore]
async fn hold() { let s = common::crm().await; println!("URL {}", s.url()); tokio::time::sleep(std::time::Duration::from_secs(25)).await; }
