//! `make drill`: the real programs and a real PostgreSQL are killed, cut off, flooded, stopped and lied to, and what callers are promised
//! must hold. Ends with 1 where it does not. `tests/drill/README.md` says what each drill does and what it showed.
//!
//! `--only NAME`, once or more, runs drills alone; `--short` makes each last seconds; `--seed N` repeats a run's choices.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a drill ends at its first surprise and prints")]

mod chance;
mod cores;
mod deadlines;
mod drain;
mod failover;
mod garbage;
mod kill;
mod load;
mod overload;
mod raw;
mod rolling;
mod server;
mod verdict;

use std::{process::ExitCode, time::Instant};

use clap::{Parser, ValueEnum};

use crate::{chance::Chance, verdict::Verdict};

#[derive(Parser)]
struct Args {
    /// Runs only this drill; can be given more than once.
    #[arg(long)]
    only: Vec<Drill>,
    /// Runs each for seconds, as CI does.
    #[arg(long)]
    short: bool,
    /// What choices follow from; printed at the beginning.
    #[arg(long)]
    seed: Option<u64>,
    /// A setting of the program that is flooded, as `--set` of `junheng serve`; to find out what suits a machine.
    #[arg(long)]
    set: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Drill {
    Kill,
    Failover,
    Overload,
    Drain,
    Rolling,
    Deadlines,
    Garbage,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() -> ExitCode {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| u64::from(std::process::id()) ^ chance::clock());
    println!("seed {seed}{}", if args.short { ", short" } else { "" });
    let mut passed = true;
    for drill in Drill::value_variants().iter().filter(|drill| args.only.is_empty() || args.only.contains(drill)) {
        println!("\n{drill:?}");
        let (started, chance) = (Instant::now(), Chance::new(seed));
        let verdict: Verdict = match drill {
            Drill::Kill => kill::run(args.short, chance).await,
            Drill::Failover => failover::run(args.short, chance).await,
            Drill::Overload => overload::run(args.short, &args.set).await,
            Drill::Drain => drain::run(args.short).await,
            Drill::Rolling => rolling::run(args.short, chance).await,
            Drill::Deadlines => deadlines::run(args.short, chance).await,
            Drill::Garbage => garbage::run(args.short, chance).await,
        };
        println!(
            "  {} in {:.1} s",
            if verdict.passed() { "passed" } else { "FAILED" },
            started.elapsed().as_secs_f64()
        );
        passed &= verdict.passed();
    }
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
