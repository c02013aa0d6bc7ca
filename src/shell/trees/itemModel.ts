/** A codicon with a theme colour, for example `pass` in `charts.green`. */
export interface Icon {
  readonly id: string;
  readonly color?: string;
}

/** A command that a click on an item runs. */
export interface ItemCommand {
  readonly command: string;
  readonly title: string;
  readonly arguments: readonly unknown[];
}

/** What one row of a tree shows: plain text throughout, since most of it was written by models. */
export interface ItemModel {
  /** Unique within its view, and the same after every refresh. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon: Icon;
  /** What the manifest's menus look at. */
  readonly contextValue: string;
  /** Leaves can't be opened. */
  readonly children: "none" | "collapsed" | "expanded";
  /** What a screen reader says instead of label and description. */
  readonly accessibilityLabel?: string;
  readonly command?: ItemCommand;
  /** Left out for items without a checkbox. */
  readonly checked?: boolean;
}
