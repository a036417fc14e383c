//! The commands of the README. Each is a list of steps, read from top to bottom; `cargo xtask` prints the table.
//!
//! It has no dependencies, because it is the first thing that a newcomer's machine compiles.

mod arguments;
mod audit;
mod bench;
mod browser;
mod build;
mod caddy;
mod error;
mod faketime;
mod generate;
mod lint;
mod machine;
mod nginx;
mod node;
mod place;
mod postgresql;
mod program;
mod python;
mod redis;
mod serve;
mod shop;
mod step;
mod suite;
mod workspace;

use std::{env, process::ExitCode};

use arguments::{Command, Request};
use error::Error;
use step::Step;
use workspace::Workspace;

/// The whole suite and what it needs, once gateway and plugins are built.
const TEST: &[Step] = &[
    build::TEST_GUESTS,
    python::INSTALL,
    faketime::FIND,
    postgresql::START,
    nginx::INSTALL,
    redis::INSTALL,
    node::INSTALL,
    browser::INSTALL,
    caddy::INSTALL,
    suite::RUN,
];

const COMMANDS: &[Command] = &[
    Command {
        name: "run",
        takes: "[--with-shop] [SERVE ARGUMENTS]",
        help: "build the gateway and its plugins, put them into plugins-enabled, and serve with `vestibule serve`; the example shop beside it",
        steps: &[&[machine::READY, build::GATEWAY, build::PLUGINS, serve::ENABLE, serve::SERVE]],
    },
    Command {
        name: "test",
        takes: "[RUNNER ARGUMENTS]",
        help: "run the whole suite, installing what it needs",
        steps: &[&[machine::READY, build::GATEWAY, build::PLUGINS], TEST],
    },
    Command {
        name: "ci",
        takes: "",
        help: "what has to pass before a change lands: format, lints, generated files, dependencies, the whole suite",
        steps: &[
            &[
                machine::READY,
                lint::FORMAT,
                lint::CLIPPY,
                build::GATEWAY,
                build::PLUGINS,
                build::WRITERS,
                generate::CHECK,
                audit::DEPENDENCIES,
            ],
            TEST,
        ],
    },
    Command {
        name: "gen",
        takes: "[--check]",
        help: "make the generated files again: openapi/vestibule.json, the Postman collection, docs/configuration.md; or compare them",
        steps: &[&[machine::READY, build::GATEWAY, build::WRITERS, build::PLUGINS, generate::FILES]],
    },
    Command {
        name: "bench",
        takes: "[BENCH ARGUMENTS]",
        help: "build for release and measure",
        steps: &[&[machine::READY, build::RELEASE, build::PLUGINS, build::TEST_GUESTS, postgresql::START_TO_MEASURE, bench::MEASURE]],
    },
];

fn main() -> ExitCode {
    match arguments::parse(COMMANDS, env::args_os().skip(1)) {
        Ok(Request::Help) => {
            println!("{}", arguments::usage(COMMANDS));
            ExitCode::SUCCESS
        }
        Ok(Request::Run { command, arguments }) => report(step::walk(command.steps, &mut Workspace::new(arguments))),
        Err(error) => report(Err(error)),
    }
}

fn report(result: Result<(), Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}
