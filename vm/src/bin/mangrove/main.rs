//! The command line of Mangrove: runs programs, demonstrates, tortures.
//!
//! Invariant: the exit code is 0 when all is well, 1 when something was found, 2 when the command makes no sense or a
//! file cannot be read or written; results go to standard output, progress and complaints to standard error.

mod cli;
mod demo;
mod figures;
mod output;
mod run;
mod table;
mod torture;

use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

fn main() -> ExitCode {
    let cli = cli::Cli::try_parse().unwrap_or_else(|mut error| {
        if error.kind() == ErrorKind::InvalidSubcommand {
            let tip = "a program is run by `mangrove run FILE`".into();
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
        }
        error.exit()
    });
    match cli.command {
        None => demo::run(&cli::Demo::default()),
        Some(cli::Command::Demo(args)) => demo::run(&args),
        Some(cli::Command::Run(args)) => run::run(&args),
        Some(cli::Command::Check(args)) => run::check(&args),
        Some(cli::Command::Dis(args)) => run::dis(&args),
        Some(cli::Command::Torture(args)) => torture::run(&args),
    }
}
