//! For the tests of this crate: the guard, a small service, and a harness that can be killed, in one program.
//!
//! - `guard -- COMMAND…`: what `dryrun guard` is.
//! - `serve PORT [NOT_READY]`: HTTP on 127.0.0.1; the first NOT_READY requests get 503; `/env` shows the environment.
//! - `harness COMMAND…`: starts COMMAND as a target, prints its pid and its log, and waits to be killed.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use dryrun_target::{Guard, Inherit, Readiness, Target, TargetSpec, guard_main};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let mode = args.next().unwrap_or_default();
    if mode == "guard" {
        return guard_main(args.skip(1).collect());
    }
    let words: Vec<String> = args.map(|word| word.to_string_lossy().into_owned()).collect();
    let done = match mode.to_str() {
        Some("serve") => serve(&words),
        Some("harness") => harness(words),
        _ => Err(io::Error::other("guard, serve or harness")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "Error: {error}");
            ExitCode::from(3)
        }
    }
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn serve(words: &[String]) -> io::Result<()> {
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u16>().ok());
    let listener = TcpListener::bind(("127.0.0.1", number(0).unwrap_or(0)))?;
    let mut not_ready = number(1).unwrap_or(0);
    say(&format!("listening on {}", listener.local_addr()?))?;
    for connection in listener.incoming() {
        let mut connection = connection?;
        let mut lines = BufReader::new(connection.try_clone()?).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let status = if not_ready > 0 { "503 Service Unavailable" } else { "200 OK" };
        not_ready = not_ready.saturating_sub(1);
        let body = if request.contains(" /env ") {
            std::env::vars().map(|(name, value)| format!("{name}={value}\n")).collect()
        } else {
            String::new()
        };
        // The client may have gone; the next one counts.
        let _ = write!(
            connection,
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
    }
    Ok(())
}

fn harness(command: Vec<String>) -> io::Result<()> {
    let spec = TargetSpec::Command {
        command,
        env: BTreeMap::new(),
        inherit: Inherit::default(),
        port: None,
        folder: None,
        ready: Readiness { path: "/".to_owned(), within: Duration::from_secs(60) },
        guard: Guard { program: std::env::current_exe()?, args: vec!["guard".into(), "--".into()] },
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let log = Arc::new(|_: &str, line: &str| drop(say(line)));
        let target = Target::start(&spec, &BTreeMap::new(), log).await.map_err(io::Error::other)?;
        say(&format!("service {}", target.pid().unwrap_or_default()))?;
        std::future::pending::<()>().await;
        target.stop().await;
        Ok(())
    })
}
