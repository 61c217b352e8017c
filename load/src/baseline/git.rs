//! The git revision of a folder, read by hand: [`revision`].

use std::path::{Path, PathBuf};

/// The commit that is checked out in `folder` or the nearest folder above it that is under git, as 40 hex digits. `None`
/// outside of git. Changes that were not committed are not seen: git itself is not asked.
pub fn revision(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let git = folder.ancestors().map(|above| above.join(".git")).find(|git| git.exists())?;
    // In a worktree or a submodule, `.git` is a file that names the place.
    let own = if git.is_file() { named(&git, &read(&git)?)? } else { git };
    let common = read(&own.join("commondir")).map_or_else(|| own.clone(), |path| own.join(path));
    let head = read(&own.join("HEAD"))?;
    let Some(reference) = head.strip_prefix("ref:").map(str::trim) else { return hex(&head) };
    let loose = [&own, &common].into_iter().find_map(|place| read(&place.join(reference)));
    loose.as_deref().and_then(hex).or_else(|| packed(&read(&common.join("packed-refs"))?, reference))
}

fn named(file: &Path, text: &str) -> Option<PathBuf> {
    Some(file.parent()?.join(text.strip_prefix("gitdir:")?.trim()))
}

fn packed(refs: &str, reference: &str) -> Option<String> {
    refs.lines().find_map(|line| {
        let (commit, name) = line.split_once(' ')?;
        (name.trim() == reference).then(|| hex(commit)).flatten()
    })
}

fn hex(text: &str) -> Option<String> {
    let fine = text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fine.then(|| text.to_owned())
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    fn repository(files: &[(&str, String)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_branch_a_packed_branch_and_a_detached_head() {
        let head = || (".git/HEAD", "ref: refs/heads/main\n".to_owned());
        let loose = repository(&[head(), (".git/refs/heads/main", format!("{ONE}\n"))]);
        assert_eq!(revision(loose.path()).as_deref(), Some(ONE));
        let refs = format!("# pack-refs with: peeled\n{ONE} refs/heads/old\n{TWO} refs/heads/main\n");
        let packed = repository(&[head(), (".git/packed-refs", refs)]);
        assert_eq!(revision(packed.path()).as_deref(), Some(TWO));
        let detached = repository(&[(".git/HEAD", format!("{TWO}\n")), ("below/it/file", String::new())]);
        assert_eq!(revision(&detached.path().join("below/it")).as_deref(), Some(TWO));
    }

    #[test]
    fn a_worktree_names_its_place() {
        let folder = repository(&[
            ("whole/.git/refs/heads/side", format!("{ONE}\n")),
            ("whole/.git/worktrees/w/HEAD", "ref: refs/heads/side\n".to_owned()),
            ("whole/.git/worktrees/w/commondir", "../..\n".to_owned()),
            ("w/.git", "gitdir: ../whole/.git/worktrees/w\n".to_owned()),
        ]);
        assert_eq!(revision(&folder.path().join("w")).as_deref(), Some(ONE));
    }

    #[test]
    fn what_is_no_revision_is_none() {
        assert_eq!(revision(repository(&[(".git/HEAD", "nonsense".to_owned())]).path()), None);
        assert_eq!(revision(Path::new("/nowhere/at/all")), None);
    }
}
