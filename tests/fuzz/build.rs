//! Lists the corpus, because a browser has no files.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let corpus = Path::new(&root).join("corpus");
    println!("cargo::rerun-if-changed=corpus");
    let mut list = String::from("const CORPUS: &[(&str, &[(&str, &str)])] = &[\n");
    for target in sorted(&corpus)? {
        list += &format!("({:?}, &[\n", name(&target));
        for input in sorted(&target)? {
            // The corpus is text, so that a reader sees what it is.
            list += &format!(
                "({:?}, include_str!({:?})),\n",
                name(&input),
                input.display().to_string()
            );
        }
        list += "]),\n";
    }
    list += "];\n";
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("corpus.rs"), list)
}

fn sorted(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
