"""The guided tour: `certwright demo`."""
