//! `make bench`: what things cost, as ratios against references that are measured in the same run. Nothing here passes or fails.
//!
//! `--only NAME`, once or more, runs parts alone: `judging`, `services`, `nation`, `latency`, `reading`, `ingest`, `reporting`. `--scale 0.1` makes the
//! nation a tenth as large, the counties as they are. So `cargo run --release -p junheng-e2e --bin bench -- --only nation --scale 0.1`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program ends at its first fault and prints")]

mod copying;
mod ingest;
mod judging;
mod latency;
mod measure;
mod nation;
mod reading;
mod reporting;
mod served;
mod services;
mod synthetic;

use clap::{Parser, ValueEnum};
use junheng_e2e::Database;

#[derive(Parser)]
struct Args {
    /// Runs only this part; can be given more than once.
    #[arg(long)]
    only: Vec<Part>,
    /// How large the nation is: 1 is 2,900 counties with 200,000 schools.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Serves the ingest service on a database, for a run of this program that measures it from outside.
    #[arg(long, hide = true, num_args = 2, value_names = ["URL", "ADDRESS"])]
    serve: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Judging,
    Services,
    Nation,
    Latency,
    Reading,
    Ingest,
    Reporting,
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    if let Some([url, address]) = args.serve.as_deref() {
        return served::serve(url, address).await;
    }
    let wanted = |part| args.only.is_empty() || args.only.contains(&part);
    println!("{:<66}{:>12}   in units of the reference", "", "");
    if wanted(Part::Judging) {
        judging::run();
    }
    if wanted(Part::Services) {
        services::run("SQLite", Database::sqlite()).await;
        services::run("PostgreSQL, fsync off", Database::postgres()).await;
    }
    if wanted(Part::Latency) {
        latency::run().await;
    }
    if wanted(Part::Reading) {
        reading::run().await;
    }
    if wanted(Part::Reporting) {
        reporting::run(args.scale).await;
    }
    if wanted(Part::Ingest) {
        ingest::run(args.scale).await;
    }
    if wanted(Part::Nation) {
        nation::run(args.scale).await;
    }
}
