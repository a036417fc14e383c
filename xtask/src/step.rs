//! A step of a command, and the walk over them that says what is done, how far it is, and how long it took.

use std::time::{Duration, Instant};

use crate::{Error, Workspace};

/// One thing to do. Steps of one command share the workspace; what an earlier one found out is there for the later ones.
pub(crate) struct Step {
    /// A gerund phrase, printed as the heading.
    pub(crate) title: &'static str,
    pub(crate) work: fn(&mut Workspace) -> Result<(), Error>,
}

/// Does the steps in order and stops at the first that fails. Nothing is printed after the last one, so that the program
/// that it runs has the last word.
pub(crate) fn walk(steps: &[&[Step]], workspace: &mut Workspace) -> Result<(), Error> {
    let begun = Instant::now();
    let count: usize = steps.iter().map(|list| list.len()).sum();
    for (index, step) in steps.iter().copied().flatten().enumerate() {
        eprintln!("[{}/{count}] {} ({} so far)", index + 1, step.title, clock(begun.elapsed()));
        (step.work)(workspace)?;
    }
    Ok(())
}

/// `m:ss`.
fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_minutes_and_seconds() {
        assert_eq!(clock(Duration::from_millis(7_900)), "0:07");
        assert_eq!(clock(Duration::from_secs(3_725)), "62:05");
    }

    #[test]
    fn a_failing_step_ends_the_walk() {
        #[expect(clippy::unnecessary_wraps, reason = "the shape of a step's work")]
        fn note(workspace: &mut Workspace) -> Result<(), Error> {
            workspace.arguments.push("walked".into());
            Ok(())
        }
        fn fail(_: &mut Workspace) -> Result<(), Error> {
            Err(Error::Usage("enough".to_owned()))
        }
        let mut workspace = Workspace::new(Vec::new());
        let steps: [&[Step]; 2] =
            [&[Step { title: "noting", work: note }, Step { title: "failing", work: fail }], &[Step { title: "noting", work: note }]];
        assert!(walk(&steps, &mut workspace).is_err());
        assert_eq!(workspace.arguments, ["walked"]);
    }
}
