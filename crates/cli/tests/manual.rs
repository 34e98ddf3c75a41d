//! Completions and manual pages, both from the table of options.

mod support;

use std::process::{Command, Stdio};

use support::{fail, succeed, text};

#[test]
fn shells_learn_commands_options_and_values() {
    for (shell, option) in [("bash", "--methods"), ("zsh", "--methods"), ("fish", "-l methods")] {
        let script = succeed(&["completions", shell]);
        for phrase in ["heatlens", option, "explain", "preprocess", "gradcam++", "layercam"] {
            assert!(script.contains(phrase), "{shell} lacks {phrase}");
        }
    }
    let said = fail(2, &["completions", "bahs"]);
    assert!(said.contains("bash, zsh, fish") && said.contains("'bash'"), "{said}");
}

/// The words that bash offers behind a line.
#[test]
fn bash_completes_a_line() {
    let line = "COMP_WORDS=(heatlens aud) COMP_CWORD=1; _heatlens heatlens aud heatlens; echo \"${COMPREPLY[@]}\"";
    let script = format!("{}\n{line}\n", succeed(&["completions", "bash"]));
    let Ok(output) = Command::new("bash").args(["-c", &script]).stdin(Stdio::null()).output() else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "audit", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn each_command_has_a_page_with_its_options() {
    let top = succeed(&["man"]);
    assert!(top.contains(".TH heatlens 1") && top.contains("heatlens\\-explain(1)"), "{top}");
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    succeed(&["man", "--out", &text(&pages)]);
    let help = succeed(&["--help"]);
    let commands = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    // Lines that go on are further in.
    let begins = |line: &&str| line.starts_with(' ') && !line.starts_with("   ");
    let commands = commands.take_while(|line| !line.is_empty()).filter(begins);
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 10, "{help}");
    for command in commands.iter().filter(|command| **command != "help") {
        let page = std::fs::read_to_string(pages.join(format!("heatlens-{command}.1"))).unwrap();
        assert!(
            page.contains("OPTIONS") && page.contains(&format!("heatlens {command}").replace('-', "\\-")),
            "{page}"
        );
        assert!(page.contains("\\-o\\fR, ") == page.contains("\\-\\-out\\fR "), "{command}: -o is --out everywhere");
    }
    let explain = std::fs::read_to_string(pages.join("heatlens-explain.1")).unwrap();
    assert!(explain.contains("\\-\\-methods") && explain.contains("gradcam++"), "{explain}");
    assert!(pages.join("heatlens-preprocess-check.1").exists());
}
