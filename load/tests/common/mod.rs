//! A server that can freeze, a crew that talks to it, and plans for both.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dryrun_load::profile::{
    Arrivals, Connections, Contracts, End, Plays, Profile, RateStage, Request, Shape, Think, UserStage,
    Workflow,
};
use dryrun_load::{Crew, Gauges, LoadPlan, Meter, Muster, Part, Slice, Timing, Turn};
use dryrun_record::Event;
use dryrun_record::load::{LoadResult, LoadTick, Sends};
use futures::future::{FutureExt, LocalBoxFuture};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;

pub(crate) const MS: Duration = Duration::from_millis(1);

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: server\r\n\r\n";

/// A server on a thread of its own that answers everything at once, until it freezes as a whole.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    freeze: tokio::sync::mpsc::UnboundedSender<Duration>,
    /// When it was frozen, and when it went on.
    pub(crate) frozen: Arc<Mutex<Option<(Instant, Instant)>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let (told, address) = std::sync::mpsc::channel();
        let (freeze, mut freezes) = tokio::sync::mpsc::unbounded_channel::<Duration>();
        let frozen: Arc<Mutex<Option<(Instant, Instant)>>> = Arc::default();
        let noted = Arc::clone(&frozen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
                // Whoever comes while it is frozen waits with the system.
                let listener = socket.listen(4096).unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                loop {
                    tokio::select! {
                        Some(time) = freezes.recv() => {
                            let start = Instant::now();
                            // The only thread sleeps: nothing is read, accepted or answered.
                            std::thread::sleep(time);
                            *noted.lock().unwrap() = Some((start, Instant::now()));
                        }
                        Ok((stream, _)) = listener.accept() => drop(tokio::spawn(answer(stream))),
                    }
                }
            });
        });
        Self { address: address.recv().unwrap(), freeze, frozen }
    }

    /// Freezes for so long.
    pub(crate) fn freeze(&self, time: Duration) {
        self.freeze.send(time).unwrap();
    }

    /// Freezes for so long at a moment.
    pub(crate) fn freeze_at(&self, moment: Instant, time: Duration) {
        let freeze = self.freeze.clone();
        tokio::spawn(async move {
            tokio::time::sleep_until(moment.into()).await;
            freeze.send(time).unwrap();
        });
    }
}

async fn answer(mut stream: TcpStream) {
    let mut buffer = vec![0; REQUEST.len()];
    while stream.read_exact(&mut buffer).await.is_ok() {
        if stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}

/// What a [`TestCrew`] saw, for the test's own thread.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) turns: Vec<(u64, usize)>,
    /// Milliseconds from sending: what a harness that forgets its schedule would report.
    pub(crate) from_sending_ms: Vec<f64>,
}

/// How a crew plays.
#[derive(Clone)]
pub(crate) enum Way {
    /// One request to the server.
    Send(SocketAddr),
    /// Nothing, at once.
    Nothing,
    /// Takes so long.
    Take(Duration),
    /// Never ends.
    Never,
    /// Panics at every turn whose number is a multiple of this.
    Panic(u64),
}

pub(crate) struct TestCrew {
    way: Way,
    seen: Arc<Mutex<Seen>>,
    idle: RefCell<Vec<TcpStream>>,
    finished: Cell<bool>,
}

impl TestCrew {
    pub(crate) fn muster(way: Way, seen: Arc<Mutex<Seen>>) -> Muster {
        Box::new(move || {
            Ok(Rc::new(Self { way, seen, idle: RefCell::default(), finished: Cell::new(false) })
                as Rc<dyn Crew>)
        })
    }

    async fn send(&self, address: SocketAddr, turn: &Turn, meter: &Meter) {
        let start = Instant::now();
        let idle = self.idle.borrow_mut().pop();
        let (mut stream, connect) = match idle {
            Some(stream) => (stream, None),
            None => (TcpStream::connect(address).await.unwrap(), Some(start.elapsed())),
        };
        let sent = Instant::now();
        stream.write_all(REQUEST).await.unwrap();
        let mut answer = [0; ANSWER.len()];
        stream.read_exact(&mut answer[..1]).await.unwrap();
        let head = Instant::now();
        stream.read_exact(&mut answer[1..]).await.unwrap();
        let ended = Instant::now();
        self.seen.lock().unwrap().from_sending_ms.push((ended - start).as_secs_f64() * 1e3);
        self.idle.borrow_mut().push(stream);
        let timing = Timing { from: turn.intended, connect, sent, head: Some(head), ended };
        meter.request(turn, 0, &timing, None, 2);
        meter.iteration(turn, ended, None);
    }
}

impl Crew for TestCrew {
    fn play(self: Rc<Self>, turn: Turn, meter: Meter) -> LocalBoxFuture<'static, ()> {
        async move {
            assert!(!self.finished.get(), "nothing is played after the end");
            self.seen.lock().unwrap().turns.push((turn.number, turn.part));
            match self.way {
                Way::Send(address) => return self.send(address, &turn, &meter).await,
                Way::Nothing => {}
                Way::Take(time) => tokio::time::sleep(time).await,
                Way::Never => std::future::pending().await,
                Way::Panic(each) => assert!(!turn.number.is_multiple_of(each), "as asked for"),
            }
            let ended = Instant::now();
            let timing =
                Timing { from: turn.intended, connect: None, sent: turn.intended, head: None, ended };
            meter.request(&turn, 0, &timing, None, 0);
            meter.iteration(&turn, ended, None);
        }
        .boxed_local()
    }

    fn finish(self: Rc<Self>, _meter: Meter) -> LocalBoxFuture<'static, Sends> {
        self.finished.set(true);
        async { Sends { claimed: 7, ..Sends::default() } }.boxed_local()
    }
}

/// So many a second for so long.
pub(crate) fn open(rate: f64, lasts: Duration, max_in_flight: usize) -> Shape {
    let arrivals = Arrivals::Stages(vec![RateStage { from: rate, to: rate, lasts }]);
    Shape::Open { arrivals, max_in_flight }
}

/// So many users from the start to the end.
pub(crate) fn closed(users: usize, end: End) -> Shape {
    let stages = vec![UserStage { users, ramp: Duration::ZERO, hold: Duration::ZERO }];
    Shape::Closed { stages, end }
}

pub(crate) fn profile(shape: Shape) -> Profile {
    let request = Request {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: Vec::new(),
        body: None,
        status: Vec::new(),
    };
    Profile {
        name: "test".to_owned(),
        description: String::new(),
        shape,
        warm_up: Duration::ZERO,
        timeout: Duration::from_secs(30),
        grace: Duration::from_secs(20),
        linger: Duration::from_secs(1),
        connections: Connections::Shared,
        contracts: Contracts::Off,
        late_after: 100 * MS,
        apdex: None,
        thresholds: Vec::new(),
        workflows: vec![Workflow {
            name: "get".to_owned(),
            weight: 1,
            think: Think::default(),
            data: None,
            plays: Plays::Request(request),
        }],
    }
}

pub(crate) fn part(name: &str, weight: usize) -> Part {
    Part { name: name.to_owned(), weight, think: Think::default(), steps: vec!["get".to_owned()] }
}

/// A plan and what can be done with it and seen of it.
pub(crate) struct Setting {
    pub(crate) plan: LoadPlan,
    pub(crate) seen: Arc<Mutex<Seen>>,
    pub(crate) events: Arc<Mutex<Vec<Event>>>,
    pub(crate) stop: watch::Sender<Option<String>>,
}

impl Setting {
    pub(crate) fn new(profile: Profile, way: Way) -> Self {
        let (seen, events): (Arc<Mutex<Seen>>, Arc<Mutex<Vec<Event>>>) = Default::default();
        let (stop, stops) = watch::channel(None);
        let told = Arc::clone(&events);
        let plan = LoadPlan {
            profile: Arc::new(profile),
            parts: vec![part("a", 1)],
            muster: TestCrew::muster(way, Arc::clone(&seen)),
            slice: Slice::WHOLE,
            start_at: None,
            judge: true,
            scenario: None,
            on_event: Arc::new(move |event| told.lock().unwrap().push(event)),
            gauges: Box::new(Gauges::default),
            stop: stops,
            seed: 1,
        };
        Self { plan, seen, events, stop }
    }

    /// Runs it, and checks what must hold of every run.
    pub(crate) async fn run(self) -> (LoadResult, Arc<Mutex<Seen>>, Vec<Event>) {
        let open = matches!(self.plan.profile.shape, Shape::Open { .. });
        let result = dryrun_load::run(self.plan).await.unwrap();
        let account = &result.account;
        assert_eq!(account.asked, account.sent + account.dropped, "{account:?}");
        assert_eq!(account.sent, account.ended + account.abandoned, "{account:?}");
        assert!(open || account.dropped == 0, "{account:?}");
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        let ticks = ticks(&events);
        let sum = |of: fn(&LoadTick) -> u64| ticks.iter().map(of).sum::<u64>();
        assert!(matches!(events[0], Event::LoadStarted(_)), "{events:?}");
        assert_eq!(sum(|tick| tick.asked), account.asked, "ticks leave nothing out");
        assert_eq!(sum(|tick| tick.begun), account.sent);
        assert_eq!(sum(|tick| tick.late), account.late);
        assert_eq!(sum(|tick| tick.dropped), account.dropped);
        (result, self.seen, events)
    }
}

pub(crate) fn ticks(events: &[Event]) -> Vec<LoadTick> {
    let tick = |event: &Event| match event {
        Event::LoadTick(tick) => Some((**tick).clone()),
        _ => None,
    };
    events.iter().filter_map(tick).collect()
}

/// The smallest value that at least this share of them does not exceed.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[((share * values.len() as f64).ceil() as usize).saturating_sub(1)]
}
