#![doc = include_str!("../README.md")]

mod acknowledge;
mod args;
mod attribute;
mod bulletin;
mod check;
mod checks;
mod compare;
mod conformance;
mod county_month;
mod database;
mod demo;
mod evaluate;
mod explain;
mod export;
mod facts;
mod failure;
mod figures;
mod files;
mod findings;
mod inflow;
mod migrate;
mod offline;
mod output;
mod overview;
mod province;
mod push;
mod recompute;
mod regions;
mod removals;
mod report;
mod reports;
mod request_id;
mod schools;
mod series;
mod serve;
mod server;
mod simulate;
mod standards;
mod statistics;
mod submissions;
mod suite;
mod summary;
mod table;
mod template;
mod token;
mod withdraw;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use failure::Failure;

/// Runs the program with the arguments that it was called with.
///
/// Exit codes: 0 done; 1 refused or failed, with the reason on stderr; 2 wrong usage.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    junheng_runtime::tls::install_provider();
    match cli.identity.assume().map(|()| cli.command) {
        Ok(command) => ended(Box::pin(dispatch(command)).await),
        Err(failure) => ended(Err(failure)),
    }
}

fn ended(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has had enough of it.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            failure.exit_code()
        }
    }
}

async fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Evaluate(args) => evaluate::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Schools(args) => schools::run(args).await,
        Command::Regions(args) => regions::run(args).await,
        Command::Province(args) => province::run(args).await,
        Command::Template(args) => template::run(args).await,
        Command::Check(args) => check::run(&args),
        Command::Push(args) => push::run(args).await,
        Command::Acknowledge(args) => acknowledge::run(args).await,
        Command::Withdraw(args) => withdraw::run(args).await,
        Command::Submissions(args) => submissions::run(args).await,
        Command::Facts(args) => facts::run(args).await,
        Command::Status(args) => inflow::status(args).await,
        Command::Calendar(args) => inflow::calendar(args).await,
        Command::Changes(args) => inflow::changes(args).await,
        Command::Conformance(args) => conformance::run(args).await,
        Command::Recompute(args) => recompute::run(args).await,
        Command::Report(args) => report::run(args).await,
        Command::Reports(args) => reports::run(args).await,
        Command::Statistics(args) => statistics::run(args).await,
        Command::Overview(args) => overview::run(args).await,
        Command::Series(args) => series::run(args).await,
        Command::Bulletin(args) => bulletin::run(args).await,
        Command::Token(args) => token::run(&args),
        Command::Migrate(args) => migrate::run(args).await,
        Command::Compare(args) => compare::run(args).await,
        Command::Explain(args) => explain::run(args).await,
        Command::Attribute(args) => attribute::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Standards(args) => standards::run(args).await,
        Command::Checks(args) => checks::run(args).await,
        Command::Demo(args) => demo::run(args).await,
    }
}
