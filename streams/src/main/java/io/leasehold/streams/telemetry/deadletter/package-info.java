/** Dead letters: where messages are kept that their destination would not take. */
@NullMarked
package io.leasehold.streams.telemetry.deadletter;

import org.jspecify.annotations.NullMarked;
