"""What the pages share: state, data, charts, the specimen, the code drawer."""
