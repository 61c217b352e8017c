use std::sync::{Arc, Mutex};

use dryrun_record::load::{LoadMark, LoadStarted, LoadTick, Standing};

use super::*;

/// What was written so far.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// What a terminal shows of it: only what we write is understood.
    fn screen(&self) -> Vec<String> {
        let mut lines = vec![String::new()];
        let text = self.text();
        let mut row = 0;
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\r' => {}
                '\n' => {
                    row += 1;
                    if row == lines.len() {
                        lines.push(String::new());
                    } else if !lines[row].is_empty() {
                        // Lines of a block are written from their start, over what stood there.
                        lines[row].clear();
                    }
                }
                '\x1b' => {
                    let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                    let (number, what) = (rest[1..end].to_owned(), rest.as_bytes()[end]);
                    rest = &rest[end + 1..];
                    match what {
                        b'A' => {
                            row -= number.parse::<usize>().unwrap();
                            lines[row].clear();
                        }
                        b'J' => lines.truncate(row + 1),
                        b'K' | b'm' => {}
                        other => panic!("{} is not understood", other as char),
                    }
                }
                c => lines[row].push(c),
            }
        }
        lines
    }
}

fn view(block: bool, columns: usize) -> (Live, Paper) {
    let paper = Paper::default();
    let canvas =
        Canvas { out: Box::new(paper.clone()), block, color: false, size: Box::new(move || (columns, 24)) };
    (Live::new(canvas, vec!["ms", "%"]), paper)
}

fn started() -> Event {
    Event::LoadStarted(Box::new(LoadStarted {
        load: "mixed".to_owned(),
        model: "open".to_owned(),
        shape: "50 arrivals a second for 2 min".to_owned(),
        planned_s: Some(120.0),
        warm_up_s: 0.0,
        thresholds: vec![
            "all requests: 95% within 500 ms".to_owned(),
            "all requests: at most 1% fail".to_owned(),
        ],
        ..LoadStarted::default()
    }))
}

fn second(second: u64, failed: u64) -> LoadTick {
    LoadTick {
        load: "mixed".to_owned(),
        second,
        asked: 50,
        begun: 50,
        ended: 49,
        failed,
        in_flight: 1,
        p50_us: 1_200,
        p90_us: 3_000,
        p95_us: 4_100,
        p99_us: 9_900,
        max_us: 23_000,
        own_cpu: Some(0.08),
        host_cpu: Some(0.33),
        standing: vec![
            Standing { found: Some(4.1), held: true, ..Standing::default() },
            Standing { found: Some(failed as f64), held: failed == 0, lost: failed > 5, never: false },
        ],
        ..LoadTick::default()
    }
}

fn tick(number: u64, failed: u64) -> Event {
    Event::LoadTick(Box::new(second(number, failed)))
}

fn show(live: &Live, events: &[Event]) {
    for event in events {
        live.view().take(event, "", false);
    }
}

#[test]
fn the_block_is_redrawn_in_place_and_gone_at_the_end() {
    let (live, paper) = view(true, 100);
    show(&live, &[started(), tick(1, 0), tick(2, 3)]);
    let screen = paper.screen();
    assert_eq!(screen[0], "mixed  open: 50 arrivals a second for 2 min");
    assert!(screen[1].starts_with("mixed  00:00 of 02:00  02:00 left  "), "{screen:#?}");
    assert!(screen[2].starts_with("rate     49/s requests ended  50/s asked  50/s begun  ██"), "{screen:#?}");
    let times = "times    p50 1.20 ms  p90 3.00 ms  p95 4.10 ms  p99 9.90 ms  max 23.0 ms  p95 ██";
    assert_eq!(screen[3], times);
    assert_eq!(screen[4], "errors   3 in this second  3 of 98 requests in all (3.06%)  ▁█");
    assert_eq!(screen[5], "arrivals 1 under way  0 late  0 dropped");
    assert_eq!(screen[6], "cores    own 0.08  machine 33%");
    assert_eq!(screen[7], "✓ all requests: 95% within 500 ms  4.10 ms");
    assert_eq!(screen[8], "✗ all requests: at most 1% fail  3.00%");
    assert_eq!(screen.len(), 10, "once, not twice: {screen:#?}");
    live.over();
    assert_eq!(paper.screen(), ["mixed  open: 50 arrivals a second for 2 min", ""]);
}

#[test]
fn lasting_lines_stand_above_the_block() {
    let (live, paper) = view(true, 100);
    let mark = LoadMark {
        load: "mixed".to_owned(),
        at_s: 1.4,
        kind: "fault".to_owned(),
        text: "the CRM is slow".to_owned(),
    };
    show(&live, &[started(), tick(1, 0), Event::LoadMark(mark), tick(2, 9)]);
    live.say("ending in order");
    let screen = paper.screen();
    assert_eq!(screen[1..3], ["     1 s  fault: the CRM is slow", "ending in order"]);
    assert!(screen[3].starts_with("mixed  00:00"), "{screen:#?}");
    assert!(screen[10].ends_with("9.00%  can't be met any more"), "{screen:#?}");
}

#[test]
fn no_line_is_wider_than_the_window() {
    for columns in [20, 40, 57, 80] {
        let (live, paper) = view(true, columns);
        show(&live, &[started(), tick(1, 0), tick(2, 12_345)]);
        for line in paper.screen() {
            assert!(line.chars().count() < columns, "{columns}: {line}");
        }
    }
}

#[test]
fn plain_lines_hold_no_escapes_and_become_rarer() {
    let (live, paper) = view(false, 40);
    show(&live, &[started()]);
    show(&live, &(1..=130).map(|number| tick(number, 0)).collect::<Vec<_>>());
    let text = paper.text();
    assert!(!text.contains('\x1b'), "{text}");
    let seconds: Vec<&str> = text.lines().skip(1).map(|line| line[..6].trim()).collect();
    assert_eq!(seconds[..12], ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "15", "20"]);
    assert_eq!(seconds[18..], ["55", "60", "70", "80", "90", "100", "110", "120", "130"][..]);
    let last = "   130 s  50.0/s asked  50.0/s begun  49.0/s requests ended  p50 1.20 ms  p95 4.10 ms  p99 9.90 ms  max 23.0 ms  \
                0 failed  0 late  0 dropped  1 under way";
    assert_eq!(text.lines().last(), Some(last));
}

#[test]
fn plain_lines_tell_of_a_threshold_when_it_changes() {
    let (live, paper) = view(false, 40);
    show(&live, &[started(), tick(1, 0), tick(2, 3), tick(3, 3), tick(4, 0), tick(5, 9)]);
    let text = paper.text();
    let told: Vec<&str> = text.lines().filter(|line| line.contains("threshold")).collect();
    assert_eq!(
        told,
        [
            "     2 s  threshold not kept so far: all requests: at most 1% fail (found 3.00%)",
            "     4 s  threshold kept again: all requests: at most 1% fail (found 0.00%)",
            "     5 s  threshold can't be met any more: all requests: at most 1% fail (found 9.00%)",
        ]
    );
}

#[test]
fn nothing_is_kept_again_that_was_never_missed_and_what_never_finishes_is_told() {
    let (live, paper) = view(false, 40);
    let mut unmeasured = second(1, 0);
    unmeasured.standing = vec![Standing::default(); 2];
    let mut never = second(3, 0);
    never.standing[0] = Standing { never: true, ..Standing::default() };
    let [unmeasured, never] = [unmeasured, never].map(|tick| Event::LoadTick(Box::new(tick)));
    show(&live, &[started(), unmeasured, tick(2, 0), never]);
    let text = paper.text();
    let told: Vec<&str> = text.lines().filter(|line| line.contains("threshold")).collect();
    let wanted =
        "     3 s  threshold not kept so far: all requests: 95% within 500 ms (found never: too many failed)";
    assert_eq!(told, [wanted]);
}

#[test]
fn a_quiet_load_is_shown_under_its_own_name() {
    let (live, paper) = view(false, 40);
    live.show(&started(), "run 3 of 10, old");
    (1..=20).for_each(|number| live.show(&tick(number, 0), "run 3 of 10, old"));
    live.over();
    let text = paper.text();
    assert!(text.starts_with("run 3 of 10, old  open: 50 arrivals"), "{text}");
    assert_eq!(text.lines().count(), 3, "its head, and every tenth second: {text}");
}
