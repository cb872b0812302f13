// What the front end keeps for the whole page.
declare var cnnvizModules: Map<string, string> | undefined;
