/** What it costs to let somebody in. */
@NullMarked
package io.leasehold.bench.access;

import org.jspecify.annotations.NullMarked;
