//! Writes users to a file or to standard output.

use std::{
    fs::{self, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use csv::Writer;

use super::{Format, is_standard};
use crate::{
    flow::export::Export,
    model::import::{Columns, PortableUser},
};

/// Exports all. A file is written aside, so that there is never half a one, and can be read by its owner only.
pub(super) async fn run(export: &Export<'_>, file: &Path, format: Format) -> anyhow::Result<()> {
    if export.with_hashes {
        eprintln!("warning: password hashes are in this export; keep it as you keep the database, and delete it when it has served");
    }
    let aside = if is_standard(file) { None } else { Some(aside(file)) };
    let target: Box<dyn Write> = match &aside {
        None => Box::new(io::stdout().lock()),
        Some(path) => {
            // One that was left behind may be readable by others.
            let _ = fs::remove_file(path);
            Box::new(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(|| path.display().to_string())?)
        }
    };
    let written = write(export, BufWriter::new(target), format).await;
    if let Some(path) = &aside {
        if written.is_err() {
            let _ = fs::remove_file(path);
        } else {
            fs::rename(path, file).with_context(|| file.display().to_string())?;
        }
    }
    written
}

fn aside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

async fn write(export: &Export<'_>, target: impl Write, format: Format) -> anyhow::Result<()> {
    let (mut lines, mut missing) = (Lines::new(export, target, format).await?, 0);
    let exported = export
        .run(|user| {
            missing += lines.write(&user)?;
            Ok(())
        })
        .await?;
    lines.flush()?;
    let missing = missing + exported.left_out;
    eprintln!("exported {} users", exported.users);
    if missing > 0 {
        eprintln!(
            "left out {missing} second factors and identities with private data of their providers: --with-hashes --format jsonl has them"
        );
    }
    Ok(())
}

/// Where the lines go.
enum Lines<W: Write> {
    Json(W),
    Table { writer: Box<Writer<W>>, columns: Columns, with_hash: bool },
}

impl<W: Write> Lines<W> {
    async fn new(export: &Export<'_>, target: W, format: Format) -> anyhow::Result<Self> {
        if format == Format::Jsonl {
            return Ok(Self::Json(target));
        }
        let columns = export.accounts.export_columns().await?;
        let mut writer = Writer::from_writer(target);
        writer.write_record(columns.header(export.with_hashes))?;
        Ok(Self::Table { writer: Box::new(writer), columns, with_hash: export.with_hashes })
    }

    /// Returns how many identities have no place in it.
    fn write(&mut self, user: &PortableUser) -> io::Result<usize> {
        match self {
            Self::Json(target) => {
                writeln!(target, "{}", user.to_json())?;
                Ok(0)
            }
            Self::Table { writer, columns, with_hash } => {
                writer.write_record(user.to_row(columns, *with_hash)).map_err(io::Error::other)?;
                Ok(user.missing_in_table())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Json(target) => target.flush(),
            Self::Table { writer, .. } => writer.flush(),
        }
    }
}
