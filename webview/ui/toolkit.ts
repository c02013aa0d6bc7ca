import {
  Dropdown,
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
} from "@vscode/webview-ui-toolkit";

/** Registers the form controls that the pages use: `vscode-button`, `vscode-dropdown` and `vscode-option`. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption());
}

/** What is chosen in the dropdown that an event came from; null for any other element. */
export function chosenIn(event: Event): string | null {
  return event.currentTarget instanceof Dropdown ? event.currentTarget.value : null;
}
