//! A browser for the tests of pages: Chromium and its driver from the system's packages, and from npm axe-core, which looks in a
//! page for what keeps people out.

use crate::{Error, Step, Workspace, machine::CHROMIUM, node, program::find, workspace::NotRun};

pub(crate) const INSTALL: Step = Step { title: "looking for a browser", work: install };

/// Without it one suite cannot run: said loudly, and an error in CI.
fn install(workspace: &mut Workspace) -> Result<(), Error> {
    match CHROMIUM.ensure().and_then(|()| node::packages(workspace)) {
        Ok(packages) => {
            workspace.tell("VESTIBULE_CHROMIUM", find("chromium"));
            workspace.tell("VESTIBULE_CHROMEDRIVER", find("chromedriver"));
            workspace.tell("VESTIBULE_AXE", packages.join("axe-core/axe.min.js"));
            workspace.tell("VESTIBULE_SCREENSHOTS", workspace.target.join("screenshots"));
        }
        Err(error) if workspace.ci => return Err(error),
        Err(error) => workspace.not_run.push(NotRun { suite: "the pages in a browser", because: error.to_string() }),
    }
    Ok(())
}
