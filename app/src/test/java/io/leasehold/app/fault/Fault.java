package io.leasehold.app.fault;

/** Something that goes wrong for a while. */
interface Fault {
  /** Some words, as they stand in the report and the picture. */
  String name();

  /** What it does to requests that are under way and to the owners of keys. */
  Window.Effect effect();

  void begin() throws Exception;

  /** Repairs it: the servers should recover from now on. */
  void end() throws Exception;
}
