/** What is kept on disk until every target has it: records, positions, the numbers of streams. */
@NullMarked
package io.leasehold.streams.telemetry.spool;

import org.jspecify.annotations.NullMarked;
