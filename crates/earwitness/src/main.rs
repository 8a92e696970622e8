//! The program: settings, commands, wiring.
//!
//! The one place where all crates meet. It decides nothing about calls, recordings or rights.

mod cli;
mod clients;
mod commands;
mod config;
mod demo;
mod ears;
mod live;
mod logging;
mod node_key;
mod probe;
mod say;
mod serve;
mod test_call;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// It ran and found or failed at something.
const FAILED: u8 = 1;
/// Wrong usage or settings.
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let surroundings = config::Surroundings::of_process(cli.config);
    let settings = match config::load(&surroundings) {
        Ok(settings) => settings,
        Err(faults) => {
            say::fault(faults);
            return ExitCode::from(WRONG_USAGE);
        }
    };
    match run(cli.command, settings) {
        Ok(code) => code,
        Err(error) => {
            say::fault(format_args!("{error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

fn run(command: cli::Command, settings: config::Settings) -> anyhow::Result<ExitCode> {
    match command {
        cli::Command::Serve(options) => {
            logging::start();
            serve::run(settings, options.demo)
        }
        cli::Command::User(command) => commands::user(&settings, command),
        cli::Command::Group(command) => commands::group(&settings, command),
        cli::Command::Token(command) => commands::token(&settings, command),
        cli::Command::Rule(command) => commands::rule(&settings, command),
        cli::Command::Import(options) => commands::import(&settings, &options),
        cli::Command::Render(options) => commands::render(&settings, &options),
        cli::Command::Reconcile(options) => commands::reconcile(&settings, &options),
        cli::Command::TestCall(command) => test_call::run(&settings, &command),
        cli::Command::Verify(options) => commands::verify(&settings, options),
        cli::Command::Config(how) => commands::print_config(&settings, how.json),
        cli::Command::Openapi => {
            say::result(api::openapi());
            Ok(ExitCode::SUCCESS)
        }
        cli::Command::Doctor(how) => commands::doctor(&settings, how.json),
    }
}
