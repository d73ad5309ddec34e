"""Field-service jobs: from the call for help to the work done."""
