//! Writing files: whole or not at all, and never over something that is not a file.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::failure::Failure;

/// Writes `bytes` to `path` so that a reader sees the old file or the new one, never a part.
///
/// A file that already holds these bytes is left alone. A device or a pipe is written to, not
/// replaced; a link is followed.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put(path, bytes)
        .map_err(|error| Failure::bad_input(format!("cannot write {}: {error}", path.display())))
}

/// The same, unless there is something of this name already; whether there was nothing.
pub(crate) fn save_new(path: &Path, bytes: &[u8]) -> Result<bool, Failure> {
    let saved = temporary(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Ok(())
    });
    match saved {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(Failure::bad_input(format!("cannot write {}: {error}", path.display()))),
    }
}

fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if fs::metadata(path).is_ok_and(|old| old.is_file() && old.len() == bytes.len() as u64)
        && fs::read(path)? == bytes
    {
        return Ok(());
    }
    save_with(path, &mut |file| file.write_all(bytes))
}

/// The same for what is written piece by piece.
pub(crate) fn save_with(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let existing = fs::metadata(path).ok();
    if let Some(metadata) = &existing
        && !metadata.is_file()
    {
        return write(&mut fs::OpenOptions::new().write(true).open(path)?);
    }
    let target = if existing.is_some() { fs::canonicalize(path)? } else { path.to_path_buf() };
    let mut file = temporary(&target)?;
    let mut buffered = std::io::BufWriter::new(&mut file);
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    if let Some(metadata) = existing {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Whether a file of this name can be written: for what is written only after long work.
pub(crate) fn can_be_written(path: &Path) -> Result<(), Failure> {
    if fs::metadata(path).is_ok_and(|old| !old.is_dir()) {
        return Ok(());
    }
    let possible = match path.is_dir() {
        true => Err(std::io::Error::other("it is a folder")),
        false => temporary(path).map(drop),
    };
    possible
        .map_err(|error| Failure::bad_input(format!("cannot write {}: {error}", path.display())))
}

/// A file beside another, which can take its place.
fn temporary(target: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let why = format!("there is no folder {}", folder.display());
        return Err(std::io::Error::new(std::io::ErrorKind::NotFound, why));
    }
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As an ordinary new file: what the user's mask leaves of read and write for all.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.prefix(".iocp-").tempfile_in(folder)
}
