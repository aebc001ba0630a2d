package io.leasehold.config.log;

/** Which requests of the application port get a line of their own. */
public enum LoggedRequests {
  ALL,
  /** Those that the server failed: status 500 and above. */
  ERRORS,
  OFF
}
