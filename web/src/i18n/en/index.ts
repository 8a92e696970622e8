/**
 * English. Short, present tense: the fact, what it means, what to do.
 * One file for each part of the page.
 */

export * from "./account";
export * from "./app";
export * from "./audit";
export * from "./clients";
export * from "./dashboard";
export * from "./live";
export * from "./people";
export * from "./player";
export * from "./recording";
export * from "./recordings";
export * from "./rules";
export * from "./signIn";
export * from "./system";
export * from "./tokens";
export * from "./trouble";
export * from "./welcome";
