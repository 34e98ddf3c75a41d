//! Two runs to compare, as a user names them.

use std::path::Path;

use heatlens_record::{PART, RunDirectory, RunError, RunRecord, are, count};
use heatlens_statistics::Settings;

use crate::analysis::{Chosen, compare};
use crate::schema::{Comparison, View};

/// Compares two runs, each named as `run/`, `run/:METHOD` or `run/:METHOD:LAYER`; `is_same` tells whether two names of
/// methods are one. Returned with what is to be warned of, in words.
///
/// # Errors
/// If a folder holds no run, a method or layer is none of its run, or no image is in both; [`RunError::Disk`],
/// [`RunError::Damaged`].
pub fn compare_named(
    texts: [&str; 2],
    settings: &Settings,
    is_same: impl Fn(&str, &str) -> bool,
) -> Result<(Comparison, Vec<String>), RunError> {
    let [first, second] = texts.map(|text| Named::open(text, &is_same));
    let (first, second) = (first?, second?);
    let comparison = compare(&first.chosen(), &second.chosen(), settings)?;
    if comparison.images == 0 {
        return Err(RunError::Request(
            "the runs have no image in common, neither by name nor by content: `heatlens compare` needs two runs over \
             the same photographs"
                .into(),
        ));
    }
    Ok((comparison, [first.unfinished, second.unfinished].into_iter().flatten().collect()))
}

/// A run, and the method and layer of it that counts.
struct Named {
    directory: RunDirectory,
    run: RunRecord,
    view: Option<View>,
    /// What is to be warned of where not all of it is done.
    unfinished: Option<String>,
}

impl Named {
    fn open(text: &str, is_same: impl Fn(&str, &str) -> bool) -> Result<Named, RunError> {
        let mut words = text.splitn(3, ':');
        let directory = RunDirectory::at(Path::new(words.next().unwrap_or_default()));
        let run = directory.audit_record()?;
        let view = match words.next().filter(|method| !method.is_empty()) {
            Some(method) => Some(view(&views(&directory)?, method, words.next(), is_same)?),
            None => None,
        };
        let unfinished = unfinished(&directory, &run)?;
        Ok(Named { directory, run, view, unfinished })
    }

    fn chosen(&self) -> Chosen<'_> {
        Chosen { directory: &self.directory, run: &self.run, view: self.view.clone() }
    }
}

/// What is to be warned of a run that is not finished; one that has not begun is an error.
fn unfinished(directory: &RunDirectory, run: &RunRecord) -> Result<Option<String>, RunError> {
    let parts = run.data.cases.div_ceil(PART);
    let (done, root) = (directory.done()?.len(), directory.root());
    let shown = root.display();
    let next = "start `heatlens audit` again as before, or put its shards together with `heatlens report`";
    match done {
        0 => Err(RunError::Request(format!("no part of the run in `{shown}` is done yet: {next}"))),
        done if done < parts => Ok(Some(format!(
            "{done} of {} of the run in `{shown}` {} done, and nothing else is compared: {next}",
            count(parts, "part"),
            are(done)
        ))),
        _ => Ok(None),
    }
}

/// The methods of a run with the layers that their maps have.
fn views(directory: &RunDirectory) -> Result<Vec<View>, RunError> {
    let mut views = Vec::new();
    for part in directory.done()? {
        for map in directory.read_maps(part)? {
            let view = View { method: map.method, layer: map.layer };
            if !views.contains(&view) {
                views.push(view);
            }
        }
        // Every image that can be explained has all of them.
        if !views.is_empty() {
            break;
        }
    }
    Ok(views)
}

/// A method and layer of a run; its first layer where none is named, and none where its maps have
/// none.
fn view(
    views: &[View],
    method: &str,
    layer: Option<&str>,
    is_same: impl Fn(&str, &str) -> bool,
) -> Result<View, RunError> {
    let of_method: Vec<&View> = views.iter().filter(|view| is_same(&view.method, method)).collect();
    let Some(first) = of_method.first() else {
        let mut methods: Vec<&str> = views.iter().map(|view| view.method.as_str()).collect();
        methods.dedup();
        return Err(RunError::Request(format!("the run has no method `{method}`; it has {}", methods.join(", "))));
    };
    let Some(layer) = layer else { return Ok((*first).clone()) };
    if let Some(view) =
        of_method.iter().find(|view| view.layer.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(layer)))
    {
        return Ok((*view).clone());
    }
    let layers: Vec<&str> = of_method.iter().filter_map(|view| view.layer.as_deref()).collect();
    Err(RunError::Request(if layers.is_empty() {
        format!("maps of `{method}` belong to no single layer: leave `:{layer}` out")
    } else {
        format!("the run has no layer `{layer}`; it has {}", layers.join(", "))
    }))
}
