/** How settings are read: files, dialects, environment, command line. */
@NullMarked
package io.leasehold.config.load;

import org.jspecify.annotations.NullMarked;
