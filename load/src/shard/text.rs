//! A shard's result as text, and back: [`write`], [`read`].
//!
//! ```text
//! DRYRUN-SHARD v1 0/3@5f2c9a01 1/2 8d1f00aa H4sIAAAAAAAA…
//! DRYRUN-SHARD v1 0/3@5f2c9a01 2/2 02bc4417 …
//! ```
//! Shard 0 of 3, what distinguishes its result from another one of that shard, line 1 of 2, the CRC-32 of what follows,
//! and that: base64 of gzip of JSON, cut into lines. `grep DRYRUN-SHARD log | cut -d' ' -f6 | tr -d '\n' | base64 -d |
//! gunzip` gives the JSON. Lines stay below 8 KiB because what collects logs cuts longer ones: container runtimes at 16 KiB,
//! syslog at 8 KiB.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Crc;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::part::Shard;

/// How every line of a result begins; whatever a log puts before it is passed over.
pub const PREFIX: &str = "DRYRUN-SHARD";
/// The version of the format.
const VERSION: &str = "v1";
/// Characters of base64 in a line.
const LINE: usize = 7_000;
/// A result is not longer than this when unpacked: whoever feeds us something else must not fill the memory.
const MOST_BYTES: u64 = 256 << 20;

/// What was found in files and logs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Whole results.
    pub shards: Vec<Shard>,
    /// What could not be read, one sentence each, with its place.
    pub problems: Vec<String>,
}

/// The result as text for a log or a file: whole lines, each of which begins with [`PREFIX`].
pub fn write(shard: &Shard) -> String {
    let json = serde_json::to_vec(shard).expect("a result is plain data");
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    let packed = gzip.write_all(&json).and_then(|()| gzip.finish()).expect("a Vec takes every byte");
    let coded = BASE64.encode(&packed);
    let id = format!("{}/{}@{:08x}", shard.index, shard.run.count, crc(coded.as_bytes()));
    let chunks: Vec<&[u8]> = coded.as_bytes().chunks(LINE).collect();
    let mut text = String::with_capacity(coded.len() + chunks.len() * 80);
    for (at, chunk) in chunks.iter().enumerate() {
        let chunk = std::str::from_utf8(chunk).expect("base64 is ASCII");
        let (part, parts, sum) = (at + 1, chunks.len(), crc(chunk.as_bytes()));
        text.push_str(&format!("{PREFIX} {VERSION} {id} {part}/{parts} {sum:08x} {chunk}\n"));
    }
    text
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The lines of one result, as far as they were found.
struct Lines {
    parts: usize,
    /// Where the first of them stood.
    place: String,
    found: BTreeMap<usize, String>,
    /// Those that are damaged, with their place.
    damaged: BTreeMap<usize, String>,
}

/// Finds the results in these texts; each comes with the name it is to be called by. Results may stand among other
/// lines, behind time stamps and the names of pods, in any order, several in one text.
pub fn read<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Reading {
    let mut reading = Reading::default();
    let mut results: BTreeMap<String, Lines> = BTreeMap::new();
    for (name, text) in sources {
        let mut any = false;
        for (at, line) in text.lines().enumerate() {
            let Some((_, rest)) = line.split_once(PREFIX) else { continue };
            any = true;
            let place = format!("{name}:{}", at + 1);
            match parse(rest) {
                Ok(line) => take(&mut results, line, &place),
                Err(why) => reading.problems.push(format!("{place}: {why}")),
            }
        }
        if !any {
            reading.problems.push(format!(
                "{name} holds no result: no line with `{PREFIX}`; a shard that is killed, or still at work, leaves none"
            ));
        }
    }
    for (id, lines) in results {
        match whole(&lines) {
            Ok(shard) => reading.shards.push(shard),
            Err(why) => reading.problems.push(format!("{}: the result of shard {id} {why}", lines.place)),
        }
    }
    reading
}

/// One line of a result.
struct Line<'a> {
    id: &'a str,
    part: usize,
    parts: usize,
    /// The chunk; `None`: it is not what its checksum says.
    chunk: Option<&'a str>,
}

fn parse(rest: &str) -> Result<Line<'_>, String> {
    let mut words = rest.split_ascii_whitespace();
    let version = words.next().unwrap_or_default();
    if version != VERSION {
        return Err(match version.strip_prefix('v').map(str::parse::<u32>) {
            Some(Ok(_)) => {
                format!(
                    "a result of the format {version}; this dryrun reads {VERSION}: use one version everywhere"
                )
            }
            _ => format!("`{PREFIX}` is not followed by a version such as `{VERSION}`: the line is cut"),
        });
    }
    let cut = || "the line is cut before its data begin".to_owned();
    let id = words.next().filter(|id| id.contains('/') && id.contains('@')).ok_or_else(cut)?;
    let (part, parts) = words.next().and_then(|word| word.split_once('/')).ok_or_else(cut)?;
    let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
    let (Some(part), Some(parts)) = (number(part), number(parts)) else { return Err(cut()) };
    let sum = words.next().and_then(|word| u32::from_str_radix(word, 16).ok());
    let data = words.next().unwrap_or_default();
    // A log in JSON goes on with its own quotes behind the line.
    let end = data.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))).unwrap_or(data.len());
    let chunk = &data[..end];
    let holds = sum == Some(crc(chunk.as_bytes())) && part <= parts;
    Ok(Line { id, part, parts, chunk: holds.then_some(chunk) })
}

fn take(results: &mut BTreeMap<String, Lines>, line: Line<'_>, place: &str) {
    let lines = results.entry(line.id.to_owned()).or_insert_with(|| Lines {
        parts: line.parts,
        place: place.to_owned(),
        found: BTreeMap::new(),
        damaged: BTreeMap::new(),
    });
    // A line that came twice, as when a log was fetched twice, is the same line.
    match line.chunk {
        Some(chunk) if line.parts == lines.parts => drop(lines.found.insert(line.part, chunk.to_owned())),
        _ => drop(lines.damaged.insert(line.part, place.to_owned())),
    }
}

/// The result of all its lines, or why there is none.
fn whole(lines: &Lines) -> Result<Shard, String> {
    let Lines { parts, found, damaged, .. } = lines;
    if let Some(missing) = (1..=*parts).find(|part| !found.contains_key(part)) {
        return Err(match damaged.get(&missing) {
            Some(place) => format!(
                "is damaged: line {missing} of {parts} ({place}) is cut, or its checksum is not right"
            ),
            None => format!("is not whole: line {missing} of {parts} is missing"),
        });
    }
    let coded: String = found.values().map(String::as_str).collect();
    let packed = BASE64.decode(&coded).map_err(|error| format!("is not base64: {error}"))?;
    let mut json = Vec::new();
    let mut unpacked = GzDecoder::new(packed.as_slice()).take(MOST_BYTES);
    unpacked.read_to_end(&mut json).map_err(|error| format!("can't be unpacked: {error}"))?;
    serde_json::from_slice(&json).map_err(|error| format!("is none that this dryrun knows: {error}"))
}
