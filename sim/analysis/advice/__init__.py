"""What runs mean for those who must decide: questions asked of stored ensembles, each answered by tables."""
