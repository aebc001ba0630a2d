/** What settings are made of: secrets, ports, durations, and how a wrong one is refused. */
@NullMarked
package io.leasehold.config.value;

import org.jspecify.annotations.NullMarked;
