package io.leasehold.actors.journal;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** How far journals have been written, whoever wrote them. Safe for any thread; never blocks. */
public interface JournalNumbers {
  /**
   * The highest number of each journal that is committed when the question begins, or later; a
   * journal without events is left out.
   */
  CompletionStage<Map<String, Long>> highest(Collection<String> journals);
}
