//! stub
use std::time::Duration;
/// s
#[derive(clap::Args)]
pub struct Limits { /// c
 #[arg(long)] pub cpu_seconds: u64 }
/// s
pub struct CompilerOptions {pub cpu: Duration, pub memory: u64, pub largest: u64}
/// s
pub struct Compiler;
/// s
pub fn run_child(_: &Limits) -> std::process::ExitCode { std::process::ExitCode::SUCCESS }
