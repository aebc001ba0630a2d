/** Where the process starts. */
@NullMarked
package io.leasehold.app;

import org.jspecify.annotations.NullMarked;
