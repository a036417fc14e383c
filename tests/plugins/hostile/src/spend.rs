//! Spends what a call has: CPU time, memory, stack, wall-clock time.

use std::{
    hint::black_box,
    io::{Write, stderr, stdout},
    thread::sleep,
    time::Duration,
};

use vestibule_plugin::{Input, host};

use crate::{Answer, Attacks, behave, report};

pub(crate) const ATTACKS: Attacks = &[
    ("none", behave),
    ("loop", endless_loop),
    ("clock_loop", clock_loop),
    ("memory", memory),
    ("memory_small", memory_small),
    ("recursion", recursion),
    ("sleep", long_sleep),
    ("panic", panic),
    ("abort", |_| std::process::abort()),
    ("exit", |_| std::process::exit(0)),
    ("stdout_flood", |_| flood(stdout())),
    ("stderr_flood", |_| flood(stderr())),
];

fn endless_loop(_input: &Input) -> Answer {
    let mut turns = 0_u64;
    while black_box(turns) != u64::MAX {
        turns = turns.wrapping_add(2) & !1;
    }
    Err(report(&["the loop ended"]))
}

/// A loop that spends its time in the host, where no ticker interrupts the guest.
fn clock_loop(_input: &Input) -> Answer {
    while black_box(host::now()) != 0 {}
    Err(report(&["the clock stands at 0"]))
}

/// Blocks of a mebibyte, each page of them touched.
fn memory(_input: &Input) -> Answer {
    let mut blocks = Vec::new();
    for _ in 0..4096 {
        blocks.push(black_box(vec![1_u8; 1 << 20]));
    }
    Err(report(&["had ", &blocks.len().to_string(), " MiB"]))
}

/// The same in crumbs, so that the allocator's own book-keeping counts too.
fn memory_small(_input: &Input) -> Answer {
    let mut crumbs: Vec<Box<[u8; 24]>> = Vec::new();
    for _ in 0..100_000_000_u32 {
        crumbs.push(black_box(Box::new([1; 24])));
    }
    Err(report(&["had ", &crumbs.len().to_string(), " crumbs"]))
}

fn recursion(_input: &Input) -> Answer {
    fn dive(depth: u64, ballast: [u64; 16]) -> u64 {
        if depth == u64::MAX {
            return ballast[0];
        }
        // What comes back is used, so that this call cannot become a jump.
        dive(depth + 1, black_box([depth; 16])).wrapping_add(black_box(ballast)[0])
    }
    Err(report(&["dived ", &dive(0, [0; 16]).to_string()]))
}

/// Spends no CPU time at all.
fn long_sleep(_input: &Input) -> Answer {
    sleep(Duration::from_hours(1));
    Err(report(&["slept for an hour"]))
}

fn panic(_input: &Input) -> Answer {
    panic!("hostile panics, as it was told")
}

fn flood(mut stream: impl Write) -> Answer {
    let line = [b'x'; 1023];
    for _ in 0..100_000 {
        if stream.write_all(&line).and_then(|()| stream.write_all(b"\n")).is_err() {
            return Err(report(&["the stream is closed"]));
        }
    }
    Err(report(&["wrote 100 MB"]))
}
