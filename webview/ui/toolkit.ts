import {
  Dropdown,
  provideVSCodeDesignSystem,
  TextArea,
  TextField,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit";

/** Registers the form controls that every page uses: `vscode-button`, `vscode-dropdown` and `vscode-option`. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption());
}

/** Registers `vscode-button`, `vscode-text-area` and `vscode-text-field`, for pages on which a person writes. */
export function registerWritingControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextArea(), vsCodeTextField());
}

/** Registers all of them, for a page on which a person writes and chooses. */
export function registerAskingControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeTextArea(),
    vsCodeTextField(),
  );
}

/** What is chosen in the dropdown that an event came from; null for any other element. */
export function chosenIn(event: Event): string | null {
  return event.currentTarget instanceof Dropdown ? event.currentTarget.value : null;
}

/** What is written in the text area or field that an event came from; null for any other element. */
export function writtenIn(event: Event): string | null {
  const { currentTarget } = event;
  return currentTarget instanceof TextArea || currentTarget instanceof TextField ? currentTarget.value : null;
}
